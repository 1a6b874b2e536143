/**
 * A tower in a separate Worker behind a service binding: both ends of the call. Inputs and outputs travel as
 * raw little-endian numbers. The spec travels along, so a tower Worker has no configuration.
 * @module
 */
import { z } from 'zod'
import { type Failure, Fault } from '../../contracts/failure.ts'
import { textTower, type TextTowerSpec } from '../../contracts/model-manifest.ts'
import type { TensorData } from './onnx-runtime.ts'
import type { TowerHost } from './stored-model.ts'

/** Answers a request: a service binding, or a function in tests. */
export interface TowerWorker {
  fetch(request: Request): Promise<Response>
}

const call = z.object({
  tenant: z.string(),
  spec: textTower,
  dimensions: z.int().positive(),
  shape: z.array(z.int().positive()),
  /** Type of the first numbers; a mask of the same length may follow. */
  type: z.enum(['float32', 'int64']),
  mask: z.boolean(),
})
const HEADER = 'x-assay-tower'
/** Failures that the calling end distinguishes: try again, and never again with this input. */
const STATUS: Partial<Record<Failure['kind'], number>> = { unavailable: 503, unprocessable: 422 }

/** The calling end. @param tenant owner of the file store with the tower's files */
export function towersOf(worker: TowerWorker, tenant: string): TowerHost {
  return (spec, dimensions) => ({
    // The other Worker loads it.
    load: async () => undefined,
    isLoaded: () => true,
    async embed(data, shape, mask) {
      const head: z.infer<typeof call> = {
        tenant,
        spec,
        dimensions,
        shape: [...shape],
        type: data instanceof Float32Array ? 'float32' : 'int64',
        mask: mask !== undefined,
      }
      const body = new Blob([bytesOf(data), ...(mask === undefined ? [] : [bytesOf(mask)])])
      // The host is irrelevant: a binding leads to one Worker.
      const response = await worker.fetch(
        new Request('https://tower/embed', { method: 'POST', headers: { [HEADER]: JSON.stringify(head) }, body }),
      )
      if (!response.ok) {
        const detail = `the Worker of ${spec.file} answered ${response.status}: ${(await response.text()).slice(0, 300)}`
        if (response.status === 503) throw new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 1 })
        if (response.status === 422) throw new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '', detail }] })
        throw new Error(detail)
      }
      const vector = new Float32Array(await response.arrayBuffer())
      if (vector.length !== dimensions)
        throw new Error(`the Worker of ${spec.file} gave ${vector.length} numbers, not ${dimensions}`)
      return vector
    },
  })
}

/** The answering end. @param host makes the towers of a tenant */
export async function answerTowerCall(request: Request, host: (tenant: string) => TowerHost): Promise<Response> {
  const head = call.parse(JSON.parse(request.headers.get(HEADER) ?? 'null'))
  const buffer = await request.arrayBuffer()
  const numbers = head.shape.reduce((product, length) => product * length, 1)
  const size = head.type === 'float32' ? 4 : 8
  if (buffer.byteLength !== numbers * size * (head.mask ? 2 : 1))
    return new Response('the body has another length', { status: 400 })
  const data = head.type === 'float32' ? new Float32Array(buffer) : new BigInt64Array(buffer, 0, numbers)
  const mask = head.mask ? new BigInt64Array(buffer, numbers * size) : undefined
  try {
    const tower = host(head.tenant)(head.spec satisfies TextTowerSpec, head.dimensions)
    const vector = await tower.embed(data, head.shape, mask)
    return new Response(bytesOf(vector), { headers: { 'content-type': 'application/octet-stream' } })
  } catch (error) {
    const status = error instanceof Fault ? STATUS[error.failure.kind] : undefined
    if (status !== undefined) return new Response((error as Fault).message, { status })
    throw error
  }
}

/** Typed arrays are little-endian on Workers and Node. */
function bytesOf(data: TensorData): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
}
