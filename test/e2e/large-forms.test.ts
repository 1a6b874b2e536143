/**
 * Forms near the 50 MB that they may have lie in storage while they are worked on: what comes out is what was
 * sent, nothing stays behind, and the isolate holds little of it.
 */
import { createHash, randomBytes } from 'node:crypto'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { type HeapProbe, probeHeap } from '../support/isolate-heap.ts'
import { karpathyFile } from '../support/tiny-datasets.ts'
import { smallPng } from '../unit/media/build.ts'
import { type Assay, startAssay } from './harness.ts'

/**
 * Of V8's count, garbage included. With ONNX Runtime and the decoders' 40 MB, below what an isolate may hold.
 */
const LIMIT = 80e6
const LARGE = 49_000_000

let assay: Assay
let probe: HeapProbe

beforeAll(async () => {
  const inspectorPort = await freePort()
  assay = await startAssay({ inspectorPort })
  probe = await probeHeap(inspectorPort, 'assay')
  expect((await assay.request('/healthz')).status).toBe(200)
})

afterAll(async () => {
  probe?.close()
  await assay?.stop()
})

async function heap(): Promise<number> {
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await probe.usage()
  return usedSize + embedderHeapUsedSize + backingStorageSize
}

/** Posts a form, and returns what came of it. */
async function post<T>(path: string, form: FormData): Promise<T> {
  const before = await heap()
  const state = { running: true }
  const answer = assay.request(path, { method: 'POST', body: form }).finally(() => (state.running = false))
  let peak = before
  while (state.running) {
    peak = Math.max(peak, await heap())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const response = await answer
  const text = await response.text()
  process.stdout.write(`memory: ${path}: ${(peak / 1e6).toFixed(1)} MB, ${(before / 1e6).toFixed(1)} MB before\n`)
  expect(response.ok, text).toBe(true)
  expect(peak).toBeLessThan(LIMIT)
  return JSON.parse(text) as T
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('a file of 49 MB', async () => {
  const bytes = new Uint8Array(randomBytes(LARGE))
  const form = new FormData()
  form.set('file', new Blob([bytes]), 'naïve "file".json')
  form.set('purpose', 'evals')
  const file = await post<{ id: string; bytes: number; filename: string; sha256: string }>('/v1/files', form)
  expect(file).toMatchObject({ bytes: LARGE, filename: 'naïve "file".json', sha256: sha256(bytes) })
  const content = await (await assay.request(`/v1/files/${file.id}/content`)).arrayBuffer()
  expect(sha256(new Uint8Array(content))).toBe(file.sha256)
  // The same bytes again are another file of the same content; one may go without the other.
  const again = await post<{ id: string }>('/v1/files', form)
  expect(again.id).not.toBe(file.id)
  expect((await assay.request(`/v1/files/${file.id}`, { method: 'DELETE' })).status).toBe(200)
  const other = await (await assay.request(`/v1/files/${again.id}/content`)).arrayBuffer()
  expect(sha256(new Uint8Array(other))).toBe(file.sha256)
})

test('a dataset whose pictures have 49 MB', async () => {
  const count = 49
  const form = new FormData()
  for (const [name, value] of Object.entries({ name: 'large', format: 'karpathy', split: 'test' })) form.set(name, value)
  const pictures = Array.from({ length: count }, () => Buffer.concat([smallPng(), randomBytes(LARGE / count - 2000)]))
  pictures.forEach((bytes, index) => form.append('images', new Blob([new Uint8Array(bytes)]), `${index + 1}.png`))
  form.set('annotations', new Blob([JSON.stringify(karpathyFile(count))]), 'dataset.json')
  const dataset = await post<{ version: { items: number; images: number } }>('/v1/datasets', form)
  expect(dataset.version).toMatchObject({ items: count, images: count })
})

test.each([
  ['/v1/files', { file: new Blob([new Uint8Array(3_000_000)]) }, 'purpose', 400],
  ['/v1/files', { purpose: 'evals', file: new Blob([new Uint8Array(3_000_000)]), other: 'x' }, 'other', 400],
  ['/v1/files', { purpose: new Blob([new Uint8Array(3_000_000)]) }, 'purpose', 400],
  [
    '/v1/datasets',
    { name: 'x', format: 'karpathy', split: 'test', annotations: new Blob([new Uint8Array(3_000_000)]) },
    'annotations#',
    422,
  ],
] as const)('a large form that is wrong, to %s: %#', async (path, fields, pointer, status) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  const response = await assay.request(path, { method: 'POST', body: form })
  expect(response.status).toBe(status)
  expect((await response.json()) as object).toMatchObject({ errors: [{ pointer }] })
})
