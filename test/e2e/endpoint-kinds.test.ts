/**
 * The reference endpoint as the subject of runs: the same model at the edge and behind an embeddings
 * endpoint, and secrets that appear nowhere.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient, type ApiClient } from '../../scripts/api-client.ts'
import type { Report } from '../../src/contracts/report.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../endpoint/server.ts'
import { endOf, runPath, startRun } from '../support/runs.ts'
import { retrievalForm, vqaForm } from '../support/tiny-datasets.ts'
import { type Assay, startAssay } from './harness.ts'

/** Distinctive, so that a search of every stored byte finds any copy. */
const CANARY = 'sk-canary-7f3a9c51d2e84b60'
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
  const chat = { ...common, kind: 'chat', model: 'rules', max_attempts: 1 }
  await api.post('/v1/endpoints', { ...chat, name: 'chat', base_url: `${reference.url}/v1?key=${ADDRESS_CANARY}` })
  await api.post('/v1/endpoints', { ...chat, name: 'locked', secret_name: 'ENDPOINT_SECRET_WRONG' })
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

test('a model at the edge and the same model by its embeddings have one report, to the digit', async () => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', retrievalForm('pairs', 8))
  const criteria = [
    { type: 'retrieval', name: 'r' },
    { type: 'image_text_similarity', name: 's' },
  ]
  const evalId = await evalOf('retrieval', criteria)
  const reportOf = async (subject: object) => {
    const run = await endOf(api, await startRun(api, evalId, dataset.id, subject))
    expect(run.status).toBe('completed')
    return run.report as unknown as Report
  }
  const edge = await reportOf({ type: 'edge_model', model: 'assay-clip' })
  const byModality = await reportOf({ type: 'endpoint', endpoint: 'clip' })
  const byMessages = await reportOf({ type: 'endpoint', endpoint: 'clip-vllm' })
  expect(measured(byModality)).toEqual(measured(edge))
  expect(measured(byMessages)).toEqual(measured(edge))
  expect(edge.criteria.map(({ details }) => details)).toEqual([
    expect.objectContaining({ truncated_captions: 0 }),
    expect.objectContaining({ truncated_captions: 0 }),
  ])
  for (const { details } of byModality.criteria) expect(details).not.toHaveProperty('truncated_captions')
  // A picture and a list of captions per item, each sent once.
  expect(reference.stats()).toMatchObject({ requests: { '/v1/embeddings': 32 }, answered: 32 })
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
  // The server repeats a wrong key in its message.
  for (const endpoint of ['chat', 'locked']) {
    const run = await endOf(api, await startRun(api, evalId, dataset.id, { type: 'endpoint', endpoint }, { max_errored: 1 }))
    await seen(runPath(run))
    await seen(`${runPath(run)}/output_items`)
    await seen(`${runPath(run)}/report`)
  }
  // Only an administrator sees the address whole.
  expect([...answers, assay.output()].filter((text) => text.includes(ADDRESS_CANARY))).toEqual([])
  const probed = await assay.request('/v1/endpoints/locked/probe', {
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
