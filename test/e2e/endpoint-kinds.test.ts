/**
 * The reference endpoint as the subject of runs: the same model at the edge, behind an endpoint of each kind,
 * and secrets that appear nowhere.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient, type ApiClient } from '../../scripts/api-client.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import type { Report } from '../../src/contracts/report.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../endpoint/server.ts'
import { endOf, outputItems, runPath, startRun } from '../support/runs.ts'
import { choicesForm, labelledForm, pictures, retrievalForm, vqaForm } from '../support/tiny-datasets.ts'
import { type Assay, startAssay } from './harness.ts'

/** Distinctive, so that a search of every stored byte finds any copy; and able to sign jobs. */
const CANARY = 'whsec_Y2FuYXJ5LWNhbmFyeS03ZjNhOWM1MWQyZTg0YjYw'
const ADDRESS_CANARY = 'query-canary-51b7d0c9e3'

let assay: Assay
let api: ApiClient
let reference: ReferenceEndpoint
/** The text of every answer of Assay in this file. */
const answers: string[] = []

beforeAll(async () => {
  reference = await startReferenceEndpoint({ apiKey: CANARY })
  assay = await startAssay({
    allowLoopback: true,
    // Batches and jobs are looked at by the schedule.
    scheduleEvery: 500,
    bindings: { ENDPOINT_SECRET_CANARY: CANARY, ENDPOINT_SECRET_WRONG: `${CANARY}-wrong` },
  })
  api = apiClient(assay.url, assay.key.key)
  const common = { base_url: `${reference.url}/v1`, secret_name: 'ENDPOINT_SECRET_CANARY', max_attempts: 2 }
  await api.post('/v1/endpoints', { ...common, name: 'clip', kind: 'embeddings', model: 'assay-clip' })
  await api.post('/v1/endpoints', {
    ...common,
    name: 'clip-vllm',
    kind: 'embeddings',
    model: 'assay-clip',
    embeddings: { images: 'messages', encoding: 'float' },
  })
  for (const kind of ['chat', 'batch', 'job'])
    await api.post('/v1/endpoints', { ...common, name: `asked-by-${kind}`, kind, model: 'rules' })
  await api.post('/v1/endpoints', { ...common, name: 'asked-by-url', model: 'rules', pictures: { send: 'signed_url' } })
  for (const send of ['data_uri', 'signed_url'])
    await api.post('/v1/endpoints', { ...common, name: `small-${send}`, model: 'rules', pictures: { send, max_pixels: 100 } })
  for (const kind of ['batch', 'job'])
    await api.post('/v1/endpoints', { ...common, name: `clip-${kind}`, kind, requests: 'embeddings', model: 'assay-clip' })
  const chat = { ...common, kind: 'chat', model: 'rules', max_attempts: 1 }
  await api.post('/v1/endpoints', { ...chat, name: 'chat', base_url: `${reference.url}/v1?key=${ADDRESS_CANARY}` })
  for (const kind of ['chat', 'batch'])
    await api.post('/v1/endpoints', { ...chat, name: `locked-${kind}`, kind, secret_name: 'ENDPOINT_SECRET_WRONG' })
})
afterAll(async () => {
  await assay?.stop()
  await reference?.close()
})

async function evalOf(task: string, testing_criteria: object[]): Promise<string> {
  const data_source_config = { type: 'dataset', task }
  return (await api.post<{ id: string }>('/v1/evals', { data_source_config, testing_criteria })).id
}

/** The measured part of a report. Counts that a wire does not carry are compared apart. */
function measured({ criteria }: Report) {
  return criteria.map(({ details, ...rest }) => ({ ...rest, details: { ...details, truncated_captions: undefined } }))
}

async function reportOf(evalId: string, dataset: string, subject: object): Promise<Report> {
  // Each is asked anew.
  const run = await endOf(api, await startRun(api, evalId, dataset, subject, { cache: 'off' }))
  expect(run.status).toBe('completed')
  return run.report as unknown as Report
}

test('a model at the edge and the same model by its embeddings, directly, in a batch and as a job, have one report', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', retrievalForm('pairs', 8))
  const criteria = [
    { type: 'retrieval', name: 'r' },
    { type: 'image_text_similarity', name: 's' },
  ]
  const evalId = await evalOf('retrieval', criteria)
  // In half of the deliveries of a job, it is sent twice.
  reference.turn({ duplicated_callbacks: 0.5 })
  const names = ['clip', 'clip-vllm', 'clip-batch', 'clip-job']
  const [edge, byModality, ...others] = (await Promise.all([
    reportOf(evalId, dataset.id, { type: 'edge_model', model: 'assay-clip' }),
    ...names.map((endpoint) => reportOf(evalId, dataset.id, { type: 'endpoint', endpoint })),
  ])) as [Report, Report, Report, Report, Report]
  for (const report of [byModality, ...others]) expect(measured(report)).toEqual(measured(edge))
  expect(edge.criteria.map(({ details }) => details)).toEqual([
    expect.objectContaining({ truncated_captions: 0 }),
    expect.objectContaining({ truncated_captions: 0 }),
  ])
  for (const { details } of byModality.criteria) expect(details).not.toHaveProperty('truncated_captions')
  // A picture and a list of captions per item, each sent once to each endpoint.
  expect(reference.stats()).toMatchObject({
    requests: { '/v1/embeddings': 64 },
    answered: 64,
    batches: 1,
    jobs: 1,
    deliveries: 3,
  })
})

test('a model by chat, in a batch, as a job and with pictures by address has one report, and the ledger has each request', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', vqaForm('thrice', 8))
  const evalId = await evalOf('vqa', [{ type: 'vqa_accuracy', name: 'a' }])
  const before = reference.stats().billed
  const [chat, ...later] = (await Promise.all(
    ['chat', 'batch', 'job', 'url'].map((kind) =>
      reportOf(evalId, dataset.id, { type: 'endpoint', endpoint: `asked-by-${kind}` }),
    ),
  )) as [Report, Report, Report, Report]
  for (const report of later) expect(measured(report)).toEqual(measured(chat))
  expect(reference.stats().billed - before).toBe(32)
  const { data } = await api.get<{ data: RunObject[] }>(`/v1/evals/${evalId}/runs`)
  for (const run of data) {
    const ledger = await api.get<{ requests: object; calls: { data: { outcome: string }[] } }>(`${runPath(run)}/ledger`)
    expect(ledger.requests).toEqual({ intents: 8, settled: 8, unanswered: 0, open: 0 })
    expect(ledger.calls.data.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 8 }, () => 'answered'))
    const [item] = await outputItems(api, run)
    const byAddress = JSON.stringify(run.data_source).includes('asked-by-url')
    expect(item!.sample.pictures_sent).toMatchObject([{ as: byAddress ? 'signed_url' : 'data_uri', media_type: 'image/png' }])
  }
  // Only a worker with a signed address delivers.
  const forged = await assay.request('/v1/submissions/WyJzdWJtaXNzaW9uIl0.c2lnbmVk/results', { method: 'POST', body: '{}\n' })
  expect(forged.status).toBe(404)
})

test('a picture above the limit of pixels is scaled down, in the request and behind its address, and the item says so', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', vqaForm('small', 2))
  const evalId = await evalOf('vqa', [{ type: 'vqa_accuracy', name: 'a' }])
  const [data, url] = (await Promise.all(
    ['data_uri', 'signed_url'].map((send) => reportOf(evalId, dataset.id, { type: 'endpoint', endpoint: `small-${send}` })),
  )) as [Report, Report]
  // The same copies reach the model.
  expect(measured(url)).toEqual(measured(data))
  expect(data.spec.subject).toMatchObject({ max_pixels: 100 })
  const { data: runs } = await api.get<{ data: RunObject[] }>(`/v1/evals/${evalId}/runs`)
  for (const run of runs) {
    const [item] = await outputItems(api, run)
    const isLink = JSON.stringify(run.data_source).includes('signed_url')
    expect(item!.sample.pictures_sent).toMatchObject([
      { media_type: 'image/png', scaled_to: 100, ...(isLink ? { as: 'signed_url' } : { as: 'data_uri', width: 11, height: 8 }) },
    ])
  }
})

test('labels are asked of a model at the edge and by its embeddings alike, and can be scored again from results', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', labelledForm('labelled', 6))
  const evalId = await evalOf('classification', [{ type: 'classification_accuracy', name: 'l' }])
  const templates = ['a picture of something {}', '{}']
  const edge = await endOf(api, await startRun(api, evalId, dataset.id, { type: 'edge_model', model: 'assay-clip', templates }))
  const byEndpoint = await reportOf(evalId, dataset.id, { type: 'endpoint', endpoint: 'clip', templates })
  const report = edge.report as unknown as Report
  expect(report.spec.subject).toMatchObject({ templates })
  expect(byEndpoint.criteria[0]!.metrics).toEqual(report.criteria[0]!.metrics)
  expect(byEndpoint.criteria[0]!.details).toMatchObject({ labels: 3, by_label: report.criteria[0]!.details!['by_label'] })
  const samples = await outputItems(api, edge)
  const answers = samples.map(({ datasource_item: { id }, sample }) => JSON.stringify({ id, answer: sample.output[0]!.content }))
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', new Blob([answers.join('\n')]), 'answers.jsonl')
  const { id: file_id } = await api.upload<{ id: string }>('/v1/files', form)
  const recorded = await reportOf(evalId, dataset.id, { type: 'results', file_id, name: 'again' })
  const top1 = ({ criteria }: Report) => criteria[0]!.metrics.find(({ metric }) => metric === 'top1_accuracy')
  expect(top1(recorded)).toEqual(top1(report))
  expect(samples[0]!.datasource_item).not.toHaveProperty('candidates')
})

test('a choice among options is one report for every kind of model, and so is the choice in every rotation', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', choicesForm('choices', 4))
  const plain = await evalOf('multiple_choice', [{ type: 'multiple_choice', name: 'c' }])
  const circular = await evalOf('multiple_choice', [{ type: 'multiple_choice', name: 'c', circular: true }])
  const asked = ['chat', 'batch', 'job'].map((kind) => ({ type: 'endpoint', endpoint: `asked-by-${kind}`, model: 'assay-clip' }))
  const embedded = ['clip', 'clip-batch'].map((endpoint) => ({ type: 'endpoint', endpoint }))
  const upload = async (lines: readonly object[]) => {
    const form = new FormData()
    form.set('purpose', 'evals')
    form.set('file', new Blob(lines.map((line) => `${JSON.stringify(line)}\n`)), 'lines.jsonl')
    return (await api.upload<{ id: string }>('/v1/files', form)).id
  }
  const first = await endOf(api, await startRun(api, plain, dataset.id, { type: 'edge_model', model: 'assay-clip' }))
  const edge = first.report as unknown as Report
  const samples = await outputItems(api, first)
  const optionsOf = ({ datasource_item: item }: (typeof samples)[number]) => item as { id: string; options: string[] }
  // The same answers and the same vectors, as files.
  const letters = samples.map((sample) => {
    const { id, options } = optionsOf(sample)
    return { id, answer: 'ABC'[options.indexOf(sample.sample.output[0]!.content)] }
  })
  const vectorsOf = async (body: object) => {
    const headers = { authorization: `Bearer ${CANARY}`, 'content-type': 'application/json' }
    const sent = JSON.stringify({ model: 'assay-clip', encoding_format: 'base64', ...body })
    const answer = await fetch(`${reference.url}/v1/embeddings`, { method: 'POST', headers, body: sent })
    return ((await answer.json()) as { data: { embedding: string }[] }).data.map(({ embedding }) => embedding)
  }
  const vectors: object[] = []
  for (const sample of samples) {
    const { id, options } = optionsOf(sample)
    const { bytes } = pictures(4)[Number(id.slice(1))]!
    const input = [`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`]
    vectors.push({ image_id: id, embedding: (await vectorsOf({ input, modality: 'image' }))[0] })
    for (const [place, embedding] of (await vectorsOf({ input: options })).entries())
      vectors.push({ text_id: `${id}#${place}`, embedding })
  }
  const recorded = [
    { type: 'results', file_id: await upload(letters), name: 'again' },
    { type: 'embeddings', file_id: await upload(vectors), name: 'vectors' },
  ]
  const others = await Promise.all([...asked, ...embedded, ...recorded].map((subject) => reportOf(plain, dataset.id, subject)))
  for (const report of others) expect(measured(report)).toEqual(measured(edge))
  // The nearest option stays the nearest in any order.
  const each = { data_source: { type: 'dataset', dataset: dataset.id, subject: asked[0] }, dry_run: true }
  expect(await api.post(`/v1/evals/${circular}/runs`, each)).toMatchObject({ items: 4, requests: { least: 12 } })
  const shown = (answer: string, by: number) => 'ABC'[('ABC'.indexOf(answer) + 3 - by) % 3]
  const rotated = letters.map(({ id, answer }) => ({ id, answer: [0, 1, 2].map((by) => shown(answer!, by)) }))
  const again = { type: 'results', file_id: await upload(rotated), name: 'again' }
  const [chat, ...later] = (await Promise.all([...asked, again].map((subject) => reportOf(circular, dataset.id, subject)))) as [
    Report,
    Report,
  ]
  for (const report of later) expect(measured(report)).toEqual(measured(chat))
  const value = (report: Report, name: string) => report.criteria[0]!.metrics.find(({ metric }) => metric === name)!.value
  expect(value(chat, 'circular_consistency')).toBe(1)
  expect(value(chat, 'circular_accuracy')).toBe(value(edge, 'accuracy'))
  await expect(startRun(api, circular, dataset.id, { type: 'edge_model', model: 'assay-clip' })).rejects.toThrow(
    'sees no order of options',
  )
})

test('a run is estimated, held to its budget, and retried where it has holes; its key has the sums', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', vqaForm('budgeted', 8))
  const evalId = await evalOf('vqa', [{ type: 'vqa_accuracy', name: 'a' }])
  const made = await api.post<{ id: string; key: string }>('/v1/keys', { name: 'payer', role: 'member' })
  const payer = apiClient(assay.url, made.key)
  const subject = { type: 'endpoint', endpoint: 'asked-by-chat', revision: 'r1' }
  const before = reference.stats().answered
  const data_source = { type: 'dataset', dataset: dataset.id, subject }
  expect(await payer.post(`/v1/evals/${evalId}/runs`, { data_source, dry_run: true })).toMatchObject({
    object: 'eval.run.estimate',
    items: 8,
    requests: { least: 8, worst_case: 16 },
  })
  await expect(startRun(payer, evalId, dataset.id, subject, { budget: { max_requests: 15 } })).rejects.toThrow(
    'may take 16 requests',
  )
  expect(await api.get(`/v1/evals/${evalId}/runs`)).toMatchObject({ data: [] })
  const budget = { max_requests: 5, if_worst_case_exceeds: 'start' }
  const held = await endOf(payer, await startRun(payer, evalId, dataset.id, subject, { budget, max_errored: 1 }))
  expect(held).toMatchObject({ status: 'completed', result_counts: { total: 8, errored: 3 } })
  expect(reference.stats().answered - before).toBe(5)
  const retried = await endOf(payer, await payer.post(`${runPath(held)}/retry`, {}))
  expect(retried).toMatchObject({ status: 'completed', result_counts: { total: 8, errored: 0 } })
  expect(reference.stats().answered - before).toBe(8)
  await api.delete(`/v1/keys/${made.id}`)
  expect(await api.get(`/v1/keys/${made.id}/ledger`)).toMatchObject({
    object: 'key.ledger',
    runs: 2,
    requests: { intents: 8, settled: 8, unanswered: 0, open: 0 },
  })
  await expect(api.get('/v1/keys/0000000000000000/ledger')).rejects.toThrow('0000000000000000')
})

test('a probe says what an endpoint can do', async () => {
  const { results } = await api.post<{ results: { capability: string; works: boolean }[] }>('/v1/endpoints/chat/probe', {})
  expect(results.filter(({ works }) => !works)).toEqual([])
  const changed = { limits: { requests_per_minute: 60 }, price: { input_per_million: 1, output_per_million: 2 }, concurrency: 2 }
  expect(await api.post('/v1/endpoints/chat', changed)).toMatchObject({
    concurrency: 2,
    limits: { requests_per_minute: 60, tokens_per_minute: null },
    price: { input_per_million: 1, output_per_million: 2, per_image: 0 },
    model: 'rules',
  })
})

test('a planted secret is in no answer, log or stored byte, whatever the endpoint repeats', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', vqaForm('asked', 4))
  const evalId = await evalOf('vqa', [{ type: 'vqa_accuracy', name: 'a' }])
  const seen = async (path: string) => answers.push(await (await assay.request(path)).text())
  reference.turn({
    faults: { server_error: 0.1, error_inside: 0.1, dropped: 0.1, truncated_json: 0.1, wrong_content_type: 0.1, refused: 0.1 },
    duplicated_callbacks: 0.5,
  })
  // The server repeats a wrong key in its message.
  for (const endpoint of ['chat', 'locked-chat', 'locked-batch', 'asked-by-batch', 'asked-by-job']) {
    const run = await endOf(api, await startRun(api, evalId, dataset.id, { type: 'endpoint', endpoint }, { max_errored: 1 }))
    await seen(runPath(run))
    await seen(`${runPath(run)}/output_items`)
    for (const part of ['report', 'ledger', 'events', 'manifest']) await seen(`${runPath(run)}/${part}`)
  }
  reference.turn({ faults: {}, duplicated_callbacks: 0 })
  // Only an administrator sees the address whole.
  expect([...answers, assay.output()].filter((text) => text.includes(ADDRESS_CANARY))).toEqual([])
  const probed = await assay.request('/v1/endpoints/locked-batch/probe', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  answers.push(await probed.text())
  for (const path of ['/v1/endpoints', '/v1/endpoints/chat', '/v1/evals', '/v1/leaderboards']) await seen(path)
  expect(answers.some((text) => text.includes('endpoint_unauthorized'))).toBe(true)
  expect(answers.filter((text) => text.includes(CANARY))).toEqual([])
  expect(assay.output()).not.toContain(CANARY)

  const holding: string[] = []
  for (const entry of await readdir(assay.persistTo, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path)).includes(CANARY)) holding.push(path)
  }
  expect(holding).toEqual([])
})
