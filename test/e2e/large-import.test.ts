/**
 * A dataset larger than a request would take it: uploads in parts with the unmodified `openai` SDK, an import by reference, and a run of
 * uploaded results over it.
 */
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { syntheticVqa } from '../support/synthetic-vqa.ts'
import { type Assay, startAssay } from './harness.ts'

const QUESTIONS = 400
const set = syntheticVqa(QUESTIONS, 5, 3)
const questions = [...set.questions()].join('')
const annotations = [...set.annotations()].join('')

interface Import {
  readonly id: string
  readonly object: string
  readonly status: string
  readonly progress: { readonly bytes_read: number; readonly bytes_total: number; readonly items: number }
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

/** In three parts, sent in another order than they are completed in. */
async function upload(filename: string, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  const { id } = await client.uploads.create({ filename, bytes: bytes.length, mime_type: 'application/json', purpose: 'evals' })
  const cut = [0, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2), bytes.length]
  const parts: string[] = []
  for (const index of [2, 0, 1])
    parts[index] = (
      await client.uploads.parts.create(id, { data: new File([bytes.slice(cut[index], cut[index + 1])], 'part') })
    ).id
  const { file, status } = await client.uploads.complete(id, { part_ids: parts })
  expect(status).toBe('completed')
  const content = await (await client.files.content(file!.id)).text()
  expect(content === text, 'the content is what was sent').toBe(true)
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

/** Waits for a run of uploaded results to score all items. */
async function completed(dataset: string, results: string, total: number): Promise<void> {
  const evaluation = (await (
    await post('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy', scorer: 'vqa-2021', pass_threshold: 0.5 }],
    })
  ).json()) as { id: string }
  const run = (await (
    await post(`/v1/evals/${evaluation.id}/runs`, {
      data_source: { type: 'dataset', dataset: dataset, subject: { type: 'results', file_id: results, name: 'yes' } },
    })
  ).json()) as { id: string }
  let status = 'in_progress'
  while (status === 'queued' || status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const found = (await (await assay.request(`/v1/evals/${evaluation.id}/runs/${run.id}`)).json()) as {
      status: string
      result_counts: { total: number; errored: number }
    }
    status = found.status
    if (status === 'completed') expect(found.result_counts).toMatchObject({ total, errored: 0 })
  }
  expect(status).toBe('completed')
}

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
  await completed(done.dataset!.id, results, QUESTIONS)
})

test('a wrong file ends the import with a problem that names the record', async () => {
  const broken = annotations.replace(/"image_id":\d+/, '"image_id":"x"')
  const files = { questions: await upload('q.json', questions), annotations: await upload('a.json', broken) }
  const { id } = (await (await post('/v1/datasets', { name: 'wrong', format: 'vqa-v2', files })).json()) as Import
  const failed = await ended(id)
  expect(failed).toMatchObject({ status: 'failed', dataset: null, error: { status: 422, code: 'unprocessable' } })
  expect(failed.error!.errors[0]!.pointer).toBe('annotations#/annotations/0/image_id')
})

test('Assay’s own lines: by reference, within a request, and a run over them', async () => {
  const ids = Array.from({ length: 60 }, (_, n) => `q${n}`)
  const lines = ids.map((id, n) => {
    const item = { task: 'vqa', id, cluster: `picture ${n % 20}`, question: `“What” is ${n}?`, answers: ['yes', 'no'] }
    return `${JSON.stringify(n % 2 === 0 ? { item } : item)}\n`
  })
  const annotations = lines.join('')
  const files = { annotations: await upload('items.jsonl', annotations) }
  const done = await ended(
    ((await (await post('/v1/datasets', { name: 'items', format: 'items-jsonl', files })).json()) as Import).id,
  )
  expect(done).toMatchObject({ status: 'completed', dataset: { version: { task: 'vqa', items: 60, clusters: 20 } } })
  const form = new FormData()
  form.set('name', 'items')
  form.set('format', 'items-jsonl')
  form.set('annotations', new Blob([annotations]), 'items.jsonl')
  const within = await assay.request('/v1/datasets', { method: 'POST', body: form })
  expect(within.status, 'the same content is there').toBe(200)
  expect(((await within.json()) as Import['dataset'])!.version).toEqual(done.dataset!.version)
  const results = await upload('r.jsonl', ids.map((id) => `${JSON.stringify({ id, answer: 'yes' })}\n`).join(''))
  await completed(done.dataset!.id, results, 60)
})
