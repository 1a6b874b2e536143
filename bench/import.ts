/**
 * `npm run bench -- import [questions]`: a synthetic VQA v2 val (or another number of questions) through
 * uploads and the import job of the built Worker on workerd, then its results file through the creation of a
 * run. Reports time and V8's largest count.
 * @module
 */
import process from 'node:process'
import { buildWorker } from '../scripts/build.ts'
import { type Assay, startAssay } from '../scripts/server-process.ts'
import { freePort, type HeapProbe, probeHeap } from '../test/support/isolate-heap.ts'
import { syntheticVqa, VQA_V2_VAL_QUESTIONS } from '../test/support/synthetic-vqa.ts'

const LIMIT = 128e6
const PART_BYTES = 8e6
const count = Number(process.argv[2] ?? VQA_V2_VAL_QUESTIONS)
if (!Number.isSafeInteger(count) || count < 1) throw new Error('usage: npm run bench -- import [questions]')

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

interface Peak {
  readonly total: number
  readonly heap: number
  readonly buffers: number
}

/**
 * V8's largest count while `work` ran, and its duration. Reading the count collects nothing, so garbage is
 * included: an isolate needs less.
 */
async function measured<T>(probe: HeapProbe, work: Promise<T>): Promise<{ result: T; peak: Peak; milliseconds: number }> {
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

async function call<T>(assay: Assay, path: string, init: RequestInit = {}): Promise<T> {
  const response = await assay.request(path, init)
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Sends a text in parts while it is generated. */
async function upload(assay: Assay, filename: string, make: () => Iterable<string>): Promise<{ id: string; bytes: number }> {
  let bytes = 0
  for (const piece of make()) bytes += Buffer.byteLength(piece)
  const { id } = await call<{ id: string }>(
    assay,
    '/v1/uploads',
    json({ filename, purpose: 'evals', bytes, mime_type: 'application/json' }),
  )
  const parts: string[] = []
  let pieces: string[] = []
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
    if (held >= PART_BYTES) await send()
  }
  if (held > 0) await send()
  const { file } = await call<{ file: { id: string } }>(assay, `/v1/uploads/${id}/complete`, json({ part_ids: parts }))
  return { id: file.id, bytes }
}

interface Import {
  readonly id: string
  readonly status: 'in_progress' | 'completed' | 'failed'
  readonly progress: unknown
  readonly error: unknown
  readonly dataset: { readonly id: string; readonly version: { readonly digest: string; readonly items: number } } | null
}

async function imported(assay: Assay, body: unknown): Promise<NonNullable<Import['dataset']>> {
  const { id } = await call<Import>(assay, '/v1/datasets', json(body))
  for (;;) {
    const { status, error, dataset } = await call<Import>(assay, `/v1/dataset_imports/${id}`)
    if (status === 'failed') throw new Error(`the import failed: ${JSON.stringify(error)}`)
    if (dataset !== null) return dataset
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

function* results(): Generator<string> {
  let id = ''
  yield '['
  let first = true
  for (const piece of syntheticVqa(count, 1).questions()) {
    id = /"question_id":(\d+)/.exec(piece)?.[1] ?? ''
    if (id === '') continue
    yield `${first ? '' : ', '}{"question_id": ${id}, "answer": "yes"}`
    first = false
  }
  yield ']'
}

await buildWorker()
const inspectorPort = await freePort()
const assay = await startAssay({ inspectorPort })
const probe = await probeHeap(inspectorPort, 'assay')
try {
  const set = syntheticVqa(count, 1)
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await probe.usage()
  say(`at rest: ${mb(usedSize + embedderHeapUsedSize + backingStorageSize)}`)
  const report = (what: string, { peak, milliseconds }: { peak: Peak; milliseconds: number }) =>
    say(`${what}: ${seconds(milliseconds)}, peak ${mb(peak.total)} (heap ${mb(peak.heap)}, buffers ${mb(peak.buffers)})`)

  const questions = await measured(probe, upload(assay, 'questions.json', set.questions))
  report(`upload of ${mb(questions.result.bytes)} of questions`, questions)
  const annotations = await measured(probe, upload(assay, 'annotations.json', set.annotations))
  report(`upload of ${mb(annotations.result.bytes)} of annotations`, annotations)
  const files = { questions: questions.result.id, annotations: annotations.result.id }
  const job = await measured(probe, imported(assay, { name: 'synthetic', format: 'vqa-v2', files }))
  report(`import of ${job.result.version.items} items, digest ${job.result.version.digest.slice(0, 12)}…`, job)

  const answers = await measured(probe, upload(assay, 'results.json', results))
  report(`upload of ${mb(answers.result.bytes)} of results`, answers)
  const evaluation = await call<{ id: string }>(
    assay,
    '/v1/evals',
    json({
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy', scorer: 'vqa-2021', pass_threshold: 0.5 }],
    }),
  )
  const run = await measured(
    probe,
    call<{ id: string }>(
      assay,
      `/v1/evals/${evaluation.id}/runs`,
      json({
        data_source: {
          type: 'dataset',
          dataset: job.result.id,
          limit: 16,
          subject: { type: 'results', file_id: answers.result.id, name: 'all yes' },
        },
      }),
    ),
  )
  report('a run with that results file, created', run)
  const most = Math.max(...[questions, annotations, job, answers, run].map(({ peak }) => peak.total))
  say(`${most < LIMIT ? 'ok' : 'TOO MUCH'}: at most ${mb(most)} of ${mb(LIMIT)}`)
  if (most >= LIMIT) process.exitCode = 1
} finally {
  probe.close()
  await assay.stop()
}
