/**
 * Uploads in parts, imports, and V8's count while they run.
 * @module
 */
import process from 'node:process'
import type { Assay } from '../../scripts/server-process.ts'
import type { HeapProbe } from '../../test/support/isolate-heap.ts'

export const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
export const say = (line: string): boolean => process.stdout.write(`${line}\n`)

interface Peak {
  readonly total: number
  readonly heap: number
  readonly buffers: number
}

export interface Measured<T> {
  readonly result: T
  readonly peak: Peak
  readonly milliseconds: number
}

/**
 * V8's largest count while `work` ran, and its duration. Reading the count collects nothing, so garbage is
 * included: an isolate needs less.
 */
export async function measured<T>(probe: HeapProbe, work: Promise<T>): Promise<Measured<T>> {
  const begun = performance.now()
  const state = { running: true }
  const ended = work.finally(() => (state.running = false))
  let peak: Peak = { total: 0, heap: 0, buffers: 0 }
  while (state.running) {
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await probe.usage()
    const heap = usedSize + embedderHeapUsedSize
    if (heap + backingStorageSize > peak.total) peak = { total: heap + backingStorageSize, heap, buffers: backingStorageSize }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { result: await ended, peak, milliseconds: performance.now() - begun }
}

export function report(what: string, { peak, milliseconds }: Measured<unknown>): void {
  say(`${what}: ${seconds(milliseconds)}, peak ${mb(peak.total)} (heap ${mb(peak.heap)}, buffers ${mb(peak.buffers)})`)
}

export async function call<T>(assay: Assay, path: string, init: RequestInit = {}): Promise<T> {
  const response = await assay.request(path, init)
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

export const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Sends a file in parts while it is generated. @param make - generates the same pieces at each call */
export async function upload(
  assay: Assay,
  filename: string,
  make: () => Iterable<string | Uint8Array<ArrayBuffer>>,
  partBytes = 8e6,
): Promise<{ id: string; bytes: number }> {
  let bytes = 0
  for (const piece of make()) bytes += Buffer.byteLength(piece)
  const request = { filename, purpose: 'evals', bytes, mime_type: 'application/octet-stream' }
  const { id } = await call<{ id: string }>(assay, '/v1/uploads', json(request))
  const parts: string[] = []
  let pieces: (string | Uint8Array<ArrayBuffer>)[] = []
  let held = 0
  const send = async () => {
    const form = new FormData()
    form.set('data', new Blob(pieces))
    parts.push((await call<{ id: string }>(assay, `/v1/uploads/${id}/parts`, { method: 'POST', body: form })).id)
    pieces = []
    held = 0
  }
  for (const piece of make()) {
    pieces.push(piece)
    held += piece.length
    if (held >= partBytes) await send()
  }
  if (held > 0) await send()
  const { file } = await call<{ file: { id: string } }>(assay, `/v1/uploads/${id}/complete`, json({ part_ids: parts }))
  return { id: file.id, bytes }
}

export interface Import {
  readonly id: string
  readonly status: 'in_progress' | 'completed' | 'failed'
  readonly progress: {
    readonly phase: string
    readonly bytes_read: number
    readonly bytes_total: number
    readonly pictures: number
  }
  readonly error: unknown
  readonly dataset: { readonly id: string; readonly version: { readonly digest: string; readonly items: number } } | null
}

/** Waits for an import. @param until - also ends the wait, with the import in progress */
export async function ended(assay: Assay, id: string, until: (found: Import) => boolean = () => false): Promise<Import> {
  for (;;) {
    const found = await call<Import>(assay, `/v1/dataset_imports/${id}`)
    if (found.status === 'failed') throw new Error(`the import failed: ${JSON.stringify(found.error)}`)
    if (found.status === 'completed' || until(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
