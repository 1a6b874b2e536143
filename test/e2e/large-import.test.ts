/**
 * A dataset larger than a request would take it: uploads in parts with the unmodified `openai` SDK, an import
 * by reference, and a run of uploaded results over it.
 */
import { createHash } from 'node:crypto'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tarOf, zipOf } from '../support/archives.ts'
import { safetensorsOf } from '../support/safetensors.ts'
import { syntheticVqa } from '../support/synthetic-vqa.ts'
import { karpathyFile, pictures, retrievalForm } from '../support/tiny-datasets.ts'
import { type Assay, startAssay } from './harness.ts'

const QUESTIONS = 400
const set = syntheticVqa(QUESTIONS, 5, 3)
const questions = [...set.questions()].join('')
const annotations = [...set.annotations()].join('')

interface Import {
  readonly id: string
  readonly object: string
  readonly status: string
  readonly progress: Readonly<Record<'bytes_read' | 'bytes_total' | 'items' | 'pictures' | 'ignored_entries', number>>
  readonly error: { readonly status: number; readonly code: string; readonly errors: { readonly pointer: string }[] } | null
  readonly dataset: { readonly id: string; readonly version: { readonly digest: string; readonly items: number } } | null
}

let assay: Assay
let client: OpenAI

beforeAll(async () => {
  assay = await startAssay()
  client = new OpenAI({ apiKey: assay.key.key, baseURL: `${assay.url}/v1` })
})

afterAll(() => assay?.stop())

/** Three parts, sent and completed in different orders. */
async function upload(filename: string, content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const { id } = await client.uploads.create({ filename, bytes: bytes.length, mime_type: 'application/json', purpose: 'evals' })
  const cut = [0, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2), bytes.length]
  const parts: string[] = []
  for (const index of [2, 0, 1])
    parts[index] = (
      await client.uploads.parts.create(id, { data: new File([bytes.slice(cut[index], cut[index + 1])], 'part') })
    ).id
  const { file, status } = await client.uploads.complete(id, { part_ids: parts })
  expect(status).toBe('completed')
  const stored = await (await client.files.content(file!.id)).arrayBuffer()
  expect(Buffer.compare(new Uint8Array(stored), bytes), 'the content is what was sent').toBe(0)
  return file!.id
}

const post = (path: string, body: unknown) =>
  assay.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

async function ended(id: string): Promise<Import> {
  for (;;) {
    const found = (await (await assay.request(`/v1/dataset_imports/${id}`)).json()) as Import
    if (found.status !== 'in_progress') return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

interface Run {
  readonly id: string
  readonly eval_id: string
  readonly status: string
  readonly result_counts: { readonly total: number; readonly errored: number }
  readonly report: {
    readonly prediction_powered?: unknown
    readonly criteria: readonly {
      readonly metrics: readonly { readonly metric: string; readonly variant: string; readonly value: number }[]
    }[]
  } | null
}

/** Starts a run of uploaded answers or scores and waits for its end. */
async function completed(
  criterion: object,
  request: { data_source: object; prediction_powered?: object },
  task = 'vqa',
): Promise<Run> {
  const data_source_config = { type: 'dataset', task }
  const evaluation = await post('/v1/evals', { data_source_config, testing_criteria: [criterion] })
  const { id } = (await evaluation.json()) as { id: string }
  const answer = await post(`/v1/evals/${id}/runs`, request)
  expect(answer.status, await answer.clone().text()).toBe(201)
  const started = (await answer.json()) as Run
  for (;;) {
    const run = (await (await assay.request(`/v1/evals/${id}/runs/${started.id}`)).json()) as Run
    if (run.status === 'completed') return run
    expect(run.status).toBe('in_progress')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const ACCURACY = { type: 'vqa_accuracy', name: 'accuracy', scorer: 'vqa-2021', pass_threshold: 0.5 }

const runOf = (dataset: string, file_id: string) =>
  completed(ACCURACY, { data_source: { type: 'dataset', dataset, subject: { type: 'results', file_id, name: 'yes' } } })

test('the same version as within a request, and a run over it', async () => {
  const files = { questions: await upload('q.json', questions), annotations: await upload('a.json', annotations) }
  const accepted = await post('/v1/datasets', { name: 'large', format: 'vqa-v2', files })
  expect(accepted.status).toBe(202)
  const begun = (await accepted.json()) as Import
  expect(begun).toMatchObject({ object: 'dataset.import', status: 'in_progress', dataset: null, error: null })
  const done = await ended(begun.id)
  expect(done).toMatchObject({ status: 'completed', error: null, dataset: { name: 'large', version: { items: QUESTIONS } } })
  expect(done.progress.bytes_read).toBe(done.progress.bytes_total)

  const form = new FormData()
  form.set('name', 'small')
  form.set('format', 'vqa-v2')
  form.set('questions', new Blob([questions]), 'q.json')
  form.set('annotations', new Blob([annotations]), 'a.json')
  const within = (await (await assay.request('/v1/datasets', { method: 'POST', body: form })).json()) as Import['dataset']
  expect(within!.version.digest).toBe(done.dataset!.version.digest)

  const ids = (JSON.parse(annotations) as { annotations: { question_id: number }[] }).annotations.map(
    ({ question_id }) => question_id,
  )
  const results = await upload('r.json', JSON.stringify(ids.map((question_id) => ({ question_id, answer: 'yes' }))))
  expect((await runOf(done.dataset!.id, results)).result_counts).toMatchObject({ total: QUESTIONS, errored: 0 })
})

test('a wrong file ends the import with a problem that names the record', async () => {
  const broken = annotations.replace(/"image_id":\d+/, '"image_id":"x"')
  const files = { questions: await upload('q.json', questions), annotations: await upload('a.json', broken) }
  const { id } = (await (await post('/v1/datasets', { name: 'wrong', format: 'vqa-v2', files })).json()) as Import
  const failed = await ended(id)
  expect(failed).toMatchObject({ status: 'failed', dataset: null, error: { status: 422, code: 'unprocessable' } })
  expect(failed.error!.errors[0]!.pointer).toBe('annotations#/annotations/0/image_id')
})

test('Assay’s own lines: by reference, within a request, and runs over them that depend on each other', async () => {
  const ids = Array.from({ length: 160 }, (_, n) => `q${n}`)
  const lines = ids.map((id, n) => {
    const item = {
      task: 'vqa',
      id,
      cluster: `picture ${n % 20}`,
      question: `“What” is ${n}?`,
      answers: Array(10).fill(n % 3 === 0 ? 'no' : 'yes') as string[],
    }
    return `${JSON.stringify(n % 2 === 0 ? { item } : item)}\n`
  })
  const annotations = lines.join('')
  const files = { annotations: await upload('items.jsonl', annotations) }
  const done = await ended(
    ((await (await post('/v1/datasets', { name: 'items', format: 'items-jsonl', files })).json()) as Import).id,
  )
  expect(done).toMatchObject({ status: 'completed', dataset: { version: { task: 'vqa', items: 160, clusters: 20 } } })
  const form = new FormData()
  form.set('name', 'items')
  form.set('format', 'items-jsonl')
  form.set('annotations', new Blob([annotations]), 'items.jsonl')
  const within = await assay.request('/v1/datasets', { method: 'POST', body: form })
  expect(within.status, 'the same content is there').toBe(200)
  expect(((await within.json()) as Import['dataset'])!.version).toEqual(done.dataset!.version)
  const results = await upload('r.jsonl', ids.map((id) => `${JSON.stringify({ id, answer: 'yes' })}\n`).join(''))
  const dataset = done.dataset!.id
  const cheap = await runOf(dataset, results)
  expect(cheap.result_counts).toMatchObject({ total: 160, errored: 0 })

  // People judge the first items, in the order in which the cheap run lists them.
  const listed: { datasource_item: { id: string } }[] = []
  for (let after = ''; listed.length < 120;) {
    const path = `/v1/evals/${cheap.eval_id}/runs/${cheap.id}/output_items?limit=60${after}`
    const page = (await (await assay.request(path)).json()) as { data: typeof listed; last_id: string }
    listed.push(...page.data)
    after = `&after=${page.last_id}`
  }
  const score = (id: string) => (Number(id.slice(1)) % 3 === 0 ? 0.1 : 0.9)
  const scores = listed.map(({ datasource_item: { id } }) => `${JSON.stringify({ id, score: score(id) })}\n`)
  const file_id = await upload('s.jsonl', scores.join(''))
  const gold = await completed(
    { type: 'uploaded_score', name: 'people' },
    {
      data_source: { type: 'dataset', dataset, subject: { type: 'scores', file_id, name: 'people' } },
      prediction_powered: { criterion: 'people', proxy: { run: cheap.id, criterion: 'accuracy' }, gold: 120 },
    },
  )
  expect(gold.result_counts).toMatchObject({ total: 120, errored: 0 })
  expect(gold.report!.prediction_powered).toMatchObject({
    gold: 120,
    correlation: expect.closeTo(1, 9),
    estimate: { metric: 'uploaded_score', n: 120, errored: 0, unscored: 0, missing: 40, interval: { target: 'this_dataset' } },
  })
  const tooFew = await post(`/v1/evals/${gold.eval_id}/runs`, {
    data_source: { type: 'dataset', dataset, subject: { type: 'scores', file_id, name: 'people' } },
  })
  expect(tooFew.status).toBe(422)
  expect(await tooFew.json()).toMatchObject({
    errors: [
      { pointer: '/data_source/subject/file_id', detail: expect.stringMatching(/scores file: has no score for 40 of 160 items/) },
    ],
  })
})

test('pictures in archives and stored ones: the same version as within a request', async () => {
  const all = pictures(8)
  const form = new FormData()
  form.set('image', new Blob([all[0]!.bytes]), 'any.png')
  const stored = (await (await assay.request('/v1/images', { method: 'POST', body: form })).json()) as { id: string }
  const request = {
    name: 'photos',
    format: 'karpathy',
    split: 'test',
    files: { annotations: await upload('dataset.json', JSON.stringify(karpathyFile(8))) },
    images: [
      { file_id: await upload('a.tar', tarOf([...all.slice(1, 4), { name: 'notes.txt', bytes: new Uint8Array(9) }])) },
      { name: '1.png', image_id: stored.id },
      { file_id: await upload('b.zip', zipOf(all.slice(4).map((file) => ({ ...file, deflated: true })))) },
    ],
  }
  const done = await ended(((await (await post('/v1/datasets', request)).json()) as Import).id)
  expect(done).toMatchObject({ status: 'completed', dataset: { unused_images: 0, version: { images: 8, items: 8 } } })
  expect(done.progress).toMatchObject({ pictures: 8, ignored_entries: 1, bytes_read: done.progress.bytes_total })
  const within = await assay.request('/v1/datasets', { method: 'POST', body: retrievalForm('photos', 8) })
  expect(within.status, 'the same content is there').toBe(200)
  expect(((await within.json()) as Import['dataset'])!.version).toEqual(done.dataset!.version)

  // The pictures can be read back, also those that came in an archive.
  const sha256 = createHash('sha256').update(all[5]!.bytes).digest('hex')
  const content = await assay.request(`/v1/images/img_${sha256}/content`)
  expect(content.status).toBe(200)
  expect(Buffer.compare(new Uint8Array(await content.arrayBuffer()), all[5]!.bytes)).toBe(0)
  expect((await assay.request(`/v1/images/img_${'0'.repeat(64)}/content`)).status).toBe(404)

  const { images: _, ...without } = request
  // Picture n and its captions point along axis n, but captions of picture 3 away from it, towards 4.
  const axis = (n: number) => Array.from({ length: 8 }, (_unused, k) => (k === n ? 1 : 0))
  const imageRows = { ids: [0, 1, 2, 3, 4, 5, 6, 7], vectors: [0, 1, 2, 3, 4, 5, 6, 7].map(axis) }
  const textRows = {
    ids: Array.from({ length: 40 }, (_unused, n) => n),
    vectors: Array.from({ length: 40 }, (_unused, n) =>
      n < 15 || n > 19 ? axis(Math.floor(n / 5)) : [0, 0, 0, -0.6, 0.8, 0, 0, 0],
    ),
  }
  const file_id = await upload('e.safetensors', safetensorsOf(imageRows, textRows))
  const run = await completed(
    { type: 'retrieval', name: 'retrieval' },
    { data_source: { type: 'dataset', dataset: done.dataset!.id, subject: { type: 'embeddings', file_id, name: 'axes' } } },
    'retrieval',
  )
  expect(run.result_counts).toMatchObject({ total: 8, errored: 0 })
  const values = run
    .report!.criteria[0]!.metrics.filter(({ metric }) => metric === 'R@1')
    .map(({ variant, value }) => [variant, value])
  expect(values).toEqual([
    ['vse++/text-to-image', 35 / 40],
    ['vse++/image-to-text', 7 / 8],
  ])

  const missing = await post('/v1/datasets', without)
  expect(missing.status).toBe(400)
  expect(await missing.json()).toMatchObject({ errors: [{ pointer: '/images', detail: expect.stringMatching(/file_id/) }] })
  const wrong = {
    ...request,
    images: [{ file_id: await upload('c.tar', tarOf([{ name: 'x/a.jpg', bytes: new Uint8Array(9) }])) }],
  }
  const failed = await ended(((await (await post('/v1/datasets', wrong)).json()) as Import).id)
  expect(failed.error).toMatchObject({
    status: 422,
    errors: [{ pointer: '/images/0', detail: expect.stringMatching(/^x\/a\.jpg: /) }],
  })
})
