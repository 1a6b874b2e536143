/**
 * Runs at a slow endpoint do not hold back runs at another one, nor runs at the edge. Real HTTP, and the one
 * consumer per queue that a local server has.
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../endpoint/server.ts'
import { apiClient, type ApiClient } from '../../scripts/api-client.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import { endOf, runPath, startRun } from '../support/runs.ts'
import { retrievalForm, vqaForm } from '../support/tiny-datasets.ts'
import { type Assay, startAssay } from './harness.ts'

const ITEMS = 160
const SLOW_RUNS = 4

let assay: Assay
let api: ApiClient
let slow: ReferenceEndpoint
let quick: ReferenceEndpoint

beforeAll(async () => {
  // Five seconds for four items, so 13 minutes for all: a busy machine ends the others in less.
  slow = await startReferenceEndpoint({ dial: { latency_ms: [5000, 5000] } })
  quick = await startReferenceEndpoint()
  assay = await startAssay({ allowLoopback: true, scheduleEvery: 1000 })
  api = apiClient(assay.url, assay.key.key)
  const common = { model: 'rules', concurrency: 4 }
  await api.post('/v1/endpoints', { ...common, name: 'slow', base_url: `${slow.url}/v1` })
  await api.post('/v1/endpoints', { ...common, name: 'quick', base_url: `${quick.url}/v1` })
})
afterAll(async () => {
  await assay?.stop()
  await slow?.close()
  await quick?.close()
})

test('four runs at a slow endpoint, then one at another endpoint and one at the edge: those end first', async () => {
  const asked = await api.upload<{ id: string }>('/v1/datasets', vqaForm('asked', ITEMS))
  const shown = await api.upload<{ id: string }>('/v1/datasets', retrievalForm('shown', 2))
  const evalOf = async (task: string, type: string) =>
    (
      await api.post<{ id: string }>('/v1/evals', {
        data_source_config: { type: 'dataset', task },
        testing_criteria: [{ type, name: 'c' }],
      })
    ).id
  const vqa = await evalOf('vqa', 'vqa_accuracy')
  const retrieval = await evalOf('retrieval', 'retrieval')
  const slowRuns: RunObject[] = []
  for (let run = 0; run < SLOW_RUNS; run++)
    slowRuns.push(await startRun(api, vqa, asked.id, { type: 'endpoint', endpoint: 'slow' }, { cache: 'off' }))
  // The consumer of the queue is at work for the first of them.
  while ((slow.stats().requests['/v1/chat/completions'] ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const others = await Promise.all([
    startRun(api, vqa, asked.id, { type: 'endpoint', endpoint: 'quick' }, { limit: 8 }),
    startRun(api, retrieval, shown.id, { type: 'edge_model', model: 'assay-clip' }),
  ])
  for (const run of others) expect(await endOf(api, run)).toMatchObject({ status: 'completed', result_counts: { errored: 0 } })
  const statuses = await Promise.all(slowRuns.map(async (run) => (await api.get<RunObject>(runPath(run))).status))
  expect(statuses).toEqual(slowRuns.map(() => 'in_progress'))
  expect(slow.stats().answered).toBeLessThan((SLOW_RUNS * ITEMS) / 2)
  for (const run of slowRuns) await api.post(runPath(run), {})
})
