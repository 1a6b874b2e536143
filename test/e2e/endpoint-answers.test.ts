/**
 * The shipped models that answer, at the edge and behind an endpoint of each kind that is asked: one report,
 * to the digit.
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../endpoint/server.ts'
import { apiClient, type ApiClient } from '../../scripts/api-client.ts'
import type { Report } from '../../src/contracts/report.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import { boxesForm, captionsForm, questionsForm, statementsForm } from '../support/family-datasets.ts'
import { endOf, outputItems, startRun } from '../support/runs.ts'
import { type Assay, startAssay } from './harness.ts'

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const KINDS = ['chat', 'batch', 'job'] as const

let assay: Assay
let api: ApiClient
let reference: ReferenceEndpoint

beforeAll(async () => {
  reference = await startReferenceEndpoint({ apiKey: SECRET })
  assay = await startAssay({ allowLoopback: true, scheduleEvery: 1000, bindings: { ENDPOINT_SECRET_REFERENCE: SECRET } })
  api = apiClient(assay.url, assay.key.key)
  for (const kind of KINDS)
    await api.post('/v1/endpoints', {
      name: `by-${kind}`,
      kind,
      base_url: `${reference.url}/v1`,
      secret_name: 'ENDPOINT_SECRET_REFERENCE',
      model: 'rules',
      capabilities: { images: 2, logprobs: true },
    })
})
afterAll(async () => {
  await assay?.stop()
  await reference?.close()
})

// Few items and each model once: every run waits for batches and jobs.
test.each([
  ['vqa', 'assay-lxmert', () => questionsForm('questions', 6), { type: 'vqa_accuracy' }],
  ['nlvr', 'assay-visualbert', () => boxesForm('boxes'), { type: 'nlvr' }],
  ['nlvr2', 'assay-vilbert', () => statementsForm('statements', 6), { type: 'nlvr2' }],
  ['nlvr2', 'assay-lxmert', () => statementsForm('weighed', 6), { type: 'nlvr2', verdict: 'probability' }],
  ['caption', 'assay-caption', () => captionsForm('captions', 4), { type: 'caption' }],
])('%s: %s has one report at the edge, by chat, in a batch and as a job', async (task, model, form, criterion) => {
  const dataset = await api.upload<{ id: string }>('/v1/datasets', form())
  const { id } = await api.post<{ id: string }>('/v1/evals', {
    data_source_config: { type: 'dataset', task },
    testing_criteria: [{ name: 'c', ...criterion }],
  })
  const subjects = [{ type: 'edge_model', model }, ...KINDS.map((kind) => ({ type: 'endpoint', endpoint: `by-${kind}`, model }))]
  const [edge, ...others] = await Promise.all(
    subjects.map(async (subject) => {
      const run = await endOf(api, await startRun(api, id, dataset.id, subject, { cache: 'off' }))
      const items = await outputItems(api, run)
      return { run, said: items.map(({ datasource_item_id, sample }) => [datasource_item_id, sample.output[0]!.content]) }
    }),
  )
  expect(edge!.run).toMatchObject({ status: 'completed', result_counts: { errored: 0 } })
  expect(new Set(edge!.said.map(([, answer]) => answer)).size).toBeGreaterThan(1)
  for (const { run, said } of others) {
    expect(criteriaOf(run)).toEqual(criteriaOf(edge!.run))
    expect(said).toEqual(edge!.said)
  }
})

const criteriaOf = ({ report }: RunObject) => (report as unknown as Report).criteria
