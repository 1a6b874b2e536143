/**
 * The main job over HTTP: official files in, runs, samples, reports, the leaderboard; and single scores
 * beside it.
 * @module
 */
import { createHash } from 'node:crypto'
import OpenAI from 'openai'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { apiClient, type ApiClient, type Dataset, type LeaderboardRow } from '../../scripts/api-client.ts'
import { importFixture, SCENES_CAPTIONS, uploadResults } from '../../scripts/fixture-datasets.ts'
import type { OutputItem } from '../../src/http/routes/runs/output-item-schema.ts'
import type { ComparisonObject } from '../../src/http/routes/comparisons/schema.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import type { Report } from '../../src/contracts/report.ts'
import type { ScoreResponse } from '../../src/http/routes/score/schema.ts'
import { type EndpointServer, startEndpointServer } from '../endpoint-server/server.ts'
import { samplePng } from '../support/png.ts'
import { endOf, outputItems, pagesOf, runPath, startRun } from '../support/runs.ts'
import { karpathyFile, resultsForm, retrievalForm, vqaFiles, vqaForm } from '../support/tiny-datasets.ts'
import { goldenSources } from '../unit/metrics/golden.ts'
import { PATIENCE } from '../support/patience.ts'
import { type Assay, startAssay } from './harness.ts'

const EDGE = { type: 'edge_model', model: 'assay-clip' }

let assay: Assay
let api: ApiClient
let client: OpenAI
let slow: EndpointServer
let retrieval: Dataset
let vqa: Dataset
let retrievalEval: string
let vqaEval: string

beforeAll(async () => {
  slow = await startEndpointServer()
  slow.control({ failures: [{ delay_ms: 600_000, times: 1000 }] })
  assay = await startAssay({ allowLoopback: true })
  api = apiClient(assay.url, assay.key.key)
  client = new OpenAI({ apiKey: assay.key.key, baseURL: `${assay.url}/v1`, maxRetries: 0 })
  retrieval = await api.upload('/v1/datasets', retrievalForm('retrieval', 6))
  vqa = await api.upload('/v1/datasets', vqaForm('vqa', 10))
  retrievalEval = (
    await api.post<{ id: string }>('/v1/evals', {
      name: 'fit',
      data_source_config: { type: 'dataset', task: 'retrieval' },
      testing_criteria: [
        { type: 'retrieval', name: 'retrieval' },
        { type: 'image_text_similarity', name: 'similarity' },
      ],
    })
  ).id
  vqaEval = (
    await api.post<{ id: string }>('/v1/evals', {
      name: 'questions',
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }],
    })
  ).id
  await api.post('/v1/endpoints', { name: 'slow', base_url: `${slow.url}/v1`, timeout_ms: 120_000 })
})

afterAll(async () => {
  await assay?.stop()
  await slow?.close()
})

const visitor = (path: string) => fetch(assay.url + path)
const upload = (form: FormData) => api.upload<{ id: string }>('/v1/files', form)
const resultsOf = async (form: FormData, name = 'answers') => ({ type: 'results', file_id: (await upload(form)).id, name })
const slowSubject = { type: 'endpoint', endpoint: 'slow', model: 'm' }

describe('datasets', () => {
  const send = (form: FormData) => assay.request('/v1/datasets', { method: 'POST', body: form })

  test('the same content imported twice is the same version: 201, then 200', async () => {
    const first = await send(retrievalForm('twice', 3))
    const second = await send(retrievalForm('twice', 3))
    expect([first.status, second.status]).toEqual([201, 200])
    const [a, b] = [(await first.json()) as Dataset, (await second.json()) as Dataset]
    expect(b).toEqual(a)
    expect(a).toMatchObject({ name: 'twice', version: { task: 'retrieval', items: 3, images: 3, clusters: 3 }, unused_images: 0 })
  })

  test('under another name it is another dataset of the same digest', async () => {
    const { id, version } = (await (await send(retrievalForm('elsewhere', 6))).json()) as Dataset
    expect(id).not.toBe(retrieval.id)
    expect(version.digest).toBe(retrieval.version.digest)
  })

  test('other content is another version, and the earlier one can still be had', async () => {
    const file = karpathyFile(6)
    Object.assign((file.images[0]!['sentences'] as object[])[0]!, { raw: 'told otherwise' })
    const first = (await (await send(retrievalForm('versions', 6))).json()) as Dataset
    const second = (await (await send(retrievalForm('versions', 6, file))).json()) as Dataset
    expect(second.id).toBe(first.id)
    expect(second.version.digest).not.toBe(first.version.digest)
    expect(await api.get(`/v1/datasets/${first.id}`)).toMatchObject({ version: second.version })
    expect(await api.get(`/v1/datasets/${first.id}@${first.version.digest}`)).toMatchObject({ version: first.version })
  })

  test('deleted, it is gone for new runs, and ended runs keep their samples', async () => {
    const doomed = (await (await send(vqaForm('doomed', 4))).json()) as Dataset
    const run = await endOf(api, await startRun(api, vqaEval, doomed.id, await resultsOf(resultsForm(4))))
    const before = await outputItems(api, run)
    expect((await assay.request(`/v1/datasets/${doomed.id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await assay.request(`/v1/datasets/${doomed.id}`)).status).toBe(404)
    const after = await outputItems(api, run)
    expect(after.map(({ datasource_item }) => Object.keys(datasource_item))).toEqual(before.map(() => ['id']))
    const judged = (items: OutputItem[]) =>
      items.map(({ id, status, results, datasource_item }) => [id, status, results, datasource_item['id']])
    expect(judged(after)).toEqual(judged(before))
    // Pictures shared with another dataset still exist.
    const again = (await (await send(vqaForm('doomed', 4))).json()) as Dataset
    expect(again.version.digest).toBe(doomed.version.digest)
    expect(again.id).not.toBe(doomed.id)
  })
})

describe('a run at the edge', () => {
  let run: RunObject

  beforeAll(async () => {
    run = await startRun(api, retrievalEval, retrieval.id, EDGE, { name: 'first', seed: 1, layout: { shard_size: 1 } })
  })

  test('is under way at once, and ends', async () => {
    expect(run).toMatchObject({
      object: 'eval.run',
      name: 'first',
      status: 'in_progress',
      model: 'assay-clip',
      visibility: 'private',
      report: null,
    })
    run = await endOf(api, run)
    expect(run).toMatchObject({
      status: 'completed',
      error: null,
      result_counts: { total: 6, errored: 0 },
      progress: { shards: 6, recorded: 6, failed: 0 },
    })
    expect(run.result_counts.passed + run.result_counts.failed).toBe(6)
    expect(run.per_testing_criteria_results.map(({ testing_criteria }) => testing_criteria)).toEqual(['retrieval', 'similarity'])
  })

  test('has a report whose bytes hash to its digest, for its tenant only', async () => {
    const response = await assay.request(run.report_url)
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.status).toBe(200)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(run.report_digest)
    expect(run.report_url).toBe(`/v1/reports/${run.report_digest}`)
    const report = JSON.parse(new TextDecoder().decode(bytes)) as Report
    expect(run.report).toEqual(report)
    expect(report).toMatchObject({
      schema: 'assay.report/1',
      spec_digest: run.spec_digest,
      counts: { planned: 6, scored: 6, errored: 0 },
    })
    for (const { metrics } of report.criteria)
      for (const metric of metrics) {
        expect(metric).toMatchObject({ errored: 0, unscored: 0, missing: 0 })
        expect(metric.n).toBeGreaterThan(0)
      }
    expect((await visitor(run.report_url)).status).toBe(404)
  })

  test('has a report that can be recomputed, by its tenant, to the same digest', async () => {
    const path = `/v1/evals/${run.eval_id}/runs/${run.id}/recompute`
    const made = await api.post(path, {})
    expect(made).toMatchObject({
      object: 'eval.run.recomputation',
      run_id: run.id,
      status: 'completed',
      report_digest: run.report_digest,
      recomputed_digest: run.report_digest,
      equal: true,
      rows_equal: true,
    })
    expect(await api.get(path)).toEqual(made)
    expect((await fetch(assay.url + path, { method: 'POST' })).status).toBe(401)
    expect((await assay.request(`/v1/evals/${run.eval_id}/runs/evalrun_none/recompute`, { method: 'POST' })).status).toBe(404)
  })

  test('has events that are resumed after any of them, and an answer without body after the last', async () => {
    const path = `/v1/evals/${run.eval_id}/runs/${run.id}/events`
    const from = (last: string) => assay.request(path, { headers: { 'last-event-id': last } })
    const whole = await assay.request(path)
    expect(whole.headers.get('content-type')).toBe('text/event-stream')
    const text = await whole.text()
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    expect(ids).toEqual(ids.map((_, index) => index + 1))
    expect(text).toMatch(/event: run\.ended\ndata: .*"status":"completed".*\n\n$/)
    expect((await (await from('1')).text()).split('\n\n').slice(1)).toEqual(text.split('\n\n').slice(2))
    expect((await from(String(ids.length))).status).toBe(204)
    expect((await from('9999')).status).toBe(400)
    expect((await from('x')).status).toBe(400)
  })

  test('has events of which connections that drop after any number of bytes lose and repeat nothing', async () => {
    const path = `/v1/evals/${run.eval_id}/runs/${run.id}/events`
    const whole = await (await assay.request(path)).text()
    const isEvent = (block: string) => block.startsWith('id: ')
    const expected = whole.split('\n\n').filter(isEvent)
    const received: string[] = []
    let last = ''
    for (let connection = 0; ; connection++) {
      const response = await assay.request(path, last === '' ? {} : { headers: { 'last-event-id': last } })
      if (response.status === 204) break
      // An event has some 200 bytes: connections drop within, after and between events.
      const blocks = (await readSome(response.body!, 150 + 97 * (connection % 20))).split('\n\n').slice(0, -1).filter(isEvent)
      received.push(...blocks)
      last = /^id: (\d+)/.exec(blocks.at(-1) ?? '')?.[1] ?? last
      expect(connection).toBeLessThan(40 * expected.length)
    }
    expect(received).toEqual(expected)
  })

  test('has a manifest that any JOSE library verifies', async () => {
    const made = await api.get<{ signature: string; manifest: object }>(`/v1/evals/${run.eval_id}/runs/${run.id}/manifest`)
    const keys = (await (await fetch(`${assay.url}/v1/signing_keys`)).json()) as JSONWebKeySet
    const { payload } = await compactVerify(made.signature, createLocalJWKSet(keys))
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(made.manifest)
    expect(made.manifest).toMatchObject({ report_digest: run.report_digest, model: { type: 'edge_model' } })
    expect((await fetch(`${assay.url}/v1/reports/${run.report_digest}/manifests`)).status).toBe(404)
  })

  test('is exported as lines, as rows, and as an entry for the Hub; vectors are not a results file', async () => {
    const path = `/v1/evals/${run.eval_id}/runs/${run.id}/exports`
    const lines = (await (await assay.request(`${path}/items.jsonl`)).text()).trimEnd().split('\n')
    const { data } = await api.get<{ data: object[] }>(`/v1/evals/${run.eval_id}/runs/${run.id}/output_items?limit=100`)
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(data)
    const rows = (await (await assay.request(`${path}/items.csv`)).text()).trimEnd().split('\r\n')
    expect(rows).toHaveLength(7)
    expect(rows[0]).toMatch(/^id,datasource_item_id,item_id,status,output,error_code,error_message,retrieval\.score,/)
    const yaml = await (await assay.request(`${path}/eval_results.yaml?dataset=cais/hle&task_id=default`)).text()
    expect(yaml).toContain(`- dataset:\n    id: "cais/hle"\n    task_id: "default"\n  value: `)
    expect((await assay.request(`${path}/results`)).status).toBe(409)
    expect((await assay.request(`${path}/eval_results.yaml`)).status).toBe(400)
  })

  let whole: Awaited<ReturnType<typeof endOf>>

  test('in other shards it is the same report', async () => {
    whole = await endOf(api, await startRun(api, retrievalEval, retrieval.id, EDGE, { seed: 1, layout: { shard_size: 64 } }))
    expect(whole.progress.shards).toBe(1)
    expect(whole.report_digest).toBe(run.report_digest)
    expect(whole.spec_digest).toBe(run.spec_digest)
  })

  test('is compared with one of the same spec: no difference, too few pictures for a verdict', async () => {
    const body = { name: 'twice', baseline: run.id, treatments: [whole.id], criteria: ['similarity'] }
    const made = await api.post<ComparisonObject>('/v1/comparisons', body)
    expect(made).toMatchObject({ object: 'comparison', name: 'twice', tests: 1, dataset: { name: 'retrieval', items: 6 } })
    expect(made.results).toMatchObject([{ criterion: 'similarity', difference: 0, verdict: 'too_few_samples' }])
    const path = `/v1/comparisons/${made.id}`
    expect(await api.get(path)).toEqual(made)
    expect((await api.get<{ data: unknown[] }>('/v1/comparisons')).data).toEqual([made])
    const refused = await assay.request('/v1/comparisons', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, treatments: ['evalrun_none'] }),
    })
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/treatments/0' }] })
    expect((await assay.request(path, { method: 'DELETE' })).status).toBe(200)
    expect((await assay.request(path)).status).toBe(404)
  })

  test('reaches the leaderboard and strangers only when public', async () => {
    const rows = async () =>
      ((await (await visitor('/v1/leaderboards?dataset=retrieval')).json()) as { data: LeaderboardRow[] }).data
    expect(await rows()).toEqual([])
    const open = await endOf(api, await startRun(api, retrievalEval, retrieval.id, EDGE, { seed: 2, visibility: 'public' }))
    expect((await rows()).map(({ run_id, criterion }) => [run_id, criterion]).toSorted()).toEqual([
      [open.id, 'retrieval'],
      [open.id, 'similarity'],
    ])
    for (const row of await rows())
      expect(row).toMatchObject({ model: 'assay-clip', report_digest: open.report_digest, errored: 0 })
    const response = await visitor(open.report_url)
    expect(response.headers.get('etag')).toBe(`"${open.report_digest}"`)
    expect(
      createHash('sha256')
        .update(await response.text())
        .digest('hex'),
    ).toBe(open.report_digest)
  })

  test('on a prefix, counts what it left out', async () => {
    const some = await endOf(api, await startRun(api, retrievalEval, retrieval.id, EDGE, { limit: 4 }))
    expect(some.result_counts.total).toBe(4)
    expect((some.report as unknown as Report).counts).toMatchObject({ planned: 4, scored: 4 })
  })
})

describe('captions', () => {
  test('are ranked by CIDEr and by METEOR, whose variant is named, and cut up in any way give the same bytes', async () => {
    const dataset = await importFixture(api, SCENES_CAPTIONS)
    const evaluation = await api.post<{ id: string }>('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'caption' },
      testing_criteria: [{ type: 'caption', name: 'captions' }],
    })
    const digests: Record<string, (string | null)[]> = {}
    for (const name of ['strong', 'weak']) {
      const { id } = await uploadResults(api, `scenes/captions_${name}.json`)
      const subject = { type: 'results', file_id: id, name }
      for (const shard_size of [7, 50]) {
        const visibility = shard_size === 7 ? 'public' : 'private'
        const run = await startRun(api, evaluation.id, dataset.id, subject, { layout: { shard_size }, visibility })
        ;(digests[name] ??= []).push((await endOf(api, run)).report_digest)
      }
    }
    for (const [one, other] of Object.values(digests)) {
      expect(one).toMatch(/^[0-9a-f]{64}$/)
      expect(other).toBe(one)
    }
    const { data } = await api.get<{ data: LeaderboardRow[] }>(`/v1/leaderboards?dataset=${SCENES_CAPTIONS.name}`)
    expect(data.map(({ metric, variant, model }) => [metric, variant, model])).toEqual([
      ['CIDEr', 'CIDEr-D', 'strong'],
      ['CIDEr', 'CIDEr-D', 'weak'],
      ['METEOR', 'METEOR_noparaphrase:exact_stem', 'strong'],
      ['METEOR', 'METEOR_noparaphrase:exact_stem', 'weak'],
    ])
    for (const { value, low, high } of data) {
      expect(low!).toBeLessThan(value!)
      expect(high!).toBeGreaterThan(value!)
    }
  })
})

describe('captions made to hold the Worker', () => {
  const formOf = (fields: Readonly<Record<string, string>>, field: string, content: unknown) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    form.set(field, new Blob([JSON.stringify(content)], { type: 'application/json' }), 'file.json')
    return form
  }
  const references = [...Array.from({ length: 5 }, () => 'a '.repeat(599)), 'a dog']
  const annotations = {
    images: [{ id: 1 }, { id: 2 }],
    annotations: references.map((caption, id) => ({ id, image_id: id < 5 ? 1 : 2, caption })),
  }
  const start = async (caption: string) => {
    const fields = { name: 'long-captions', format: 'coco-captions' }
    const dataset = await api.upload<Dataset>('/v1/datasets', formOf(fields, 'annotations', annotations))
    const { id } = await api.post<{ id: string }>('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'caption' },
      testing_criteria: [{ type: 'caption', name: 'captions' }],
    })
    const results = [caption, 'a cat'].map((text, index) => ({ image_id: index + 1, caption: text }))
    const subject = await resultsOf(formOf({ purpose: 'evals' }, 'file', results))
    return startRun(api, id, dataset.id, subject)
  }

  test.each([
    ['600 times "a "', 'a '.repeat(600)],
    ['660 times "a@,"', 'a@,'.repeat(660)],
    ['dots', '.'.repeat(2000)],
  ])('%s: scored, and answered for meanwhile', async (_, caption) => {
    const run = await endOf(api, await start(caption))
    expect(run).toMatchObject({ status: 'completed', error: null })
    expect((await visitor('/healthz')).status).toBe(200)
  })

  test.each([
    ['words', 'a@,'.repeat(2000), 'must have at most 2000 words and marks, has 6000'],
    ['characters', 'x'.repeat(16_001), 'must have at most 16000 characters, has 16001'],
  ])('too many %s: refused with the place', async (_, caption, detail) => {
    await expect(start(caption)).rejects.toThrow(`results file, /0/caption: ${detail}`)
  })
})

describe('a costly subject beside a cheap one', () => {
  const items = 260
  /** The costly one is wrong in a quarter of the questions, the cheap one in these and some more. */
  const costly = (id: number) => ((id * 7919) % 4 === 0 ? 'no' : 'yes')
  const cheap = (id: number) => ((id * 104_729) % 11 === 0 ? 'no' : costly(id))

  test('estimates what the costly one would score on everything, from its first answers', async () => {
    const dataset = await api.upload<Dataset>('/v1/datasets', vqaForm('costly', items))
    const proxy = await endOf(api, await startRun(api, vqaEval, dataset.id, await resultsOf(resultsForm(items, cheap), 'cheap')))
    const subject = await resultsOf(resultsForm(items, costly), 'costly')
    const powered = { criterion: 'accuracy', proxy: { run: proxy.id, criterion: 'accuracy' } }
    const reports = []
    for (const shard_size of [16, 100]) {
      const options = { layout: { shard_size }, prediction_powered: { ...powered, gold: 120 } }
      reports.push((await endOf(api, await startRun(api, vqaEval, dataset.id, subject, options))).report as unknown as Report)
    }
    expect(reports[1]).toEqual(reports[0])
    const { counts, prediction_powered: made, spec } = reports[0]!
    expect(counts).toMatchObject({ planned: 120, used: 120 })
    expect(spec).toMatchObject({ prediction_powered: { proxy: { report_digest: proxy.report_digest, unscored: 0 } } })
    expect(made).toMatchObject({ pilot: 0, gold: 120, estimate: { variant: 'vqa-2021/ppi++', n: 120, missing: items - 120 } })
    const { value, interval } = made!.estimate
    expect(interval).toMatchObject({ method: 'ppi++-bounded', target: 'this_dataset' })
    expect(interval!.low).toBeLessThan(0.75)
    expect(interval!.high).toBeGreaterThan(0.75)
    expect(Math.abs(value! - 0.75)).toBeLessThan(0.05)

    const aimed = { ...powered, target_half_width: 0.05 }
    const run = await endOf(api, await startRun(api, vqaEval, dataset.id, subject, { prediction_powered: aimed }))
    const report = run.report as unknown as Report
    expect(report.prediction_powered).toMatchObject({ pilot: 100 })
    expect(report.counts.used).toBe(100 + report.prediction_powered!.gold)
  })
})

describe('samples', () => {
  let run: RunObject
  let all: OutputItem[]

  beforeAll(async () => {
    const subject = await resultsOf(resultsForm(10, (id) => (id % 3 === 0 ? 'no' : 'yes')))
    run = await endOf(api, await startRun(api, vqaEval, vqa.id, subject, { layout: { shard_size: 2 } }))
    all = await outputItems(api, run)
  })

  test('come in the order of the dataset, once each, however they are paged', async () => {
    expect(all.map(({ datasource_item_id }) => datasource_item_id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const limit of [1, 3, 10]) {
      const pages = await pagesOf<OutputItem>(api, `${runPath(run)}/output_items`, `limit=${limit}`)
      expect(pages.map(({ data }) => data.length)).toEqual(
        { 1: Array.from({ length: 10 }, () => 1), 3: [3, 3, 3, 1], 10: [10] }[limit],
      )
      expect(pages.flatMap(({ data }) => data)).toEqual(all)
      for (const { data, first_id, last_id } of pages) expect([first_id, last_id]).toEqual([data[0]!.id, data.at(-1)!.id])
    }
  })

  test('are selected by status, as the run counts them', async () => {
    const [passed, failed] = await Promise.all([
      outputItems(api, run, 'limit=2&status=pass'),
      outputItems(api, run, 'limit=2&status=fail'),
    ])
    expect(passed).toEqual(all.filter(({ status }) => status === 'pass'))
    expect(failed).toEqual(all.filter(({ status }) => status === 'fail'))
    expect(run.result_counts).toEqual({ total: 10, passed: passed.length, failed: failed.length, errored: 0 })
    // 1002, 1005 and 1008 are divisible by three.
    expect(failed.map(({ datasource_item }) => datasource_item['id']).toSorted()).toEqual(['1002', '1005', '1008'])
    expect(run.per_testing_criteria_results).toEqual([{ testing_criteria: 'accuracy', passed: 7, failed: 3, errored: 0 }])
  })

  test('show question, answer and score', async () => {
    const failed = all.find(({ status }) => status === 'fail')!
    expect(await api.get(`${runPath(run)}/output_items/${failed.id}`)).toEqual(failed)
    expect(failed).toMatchObject({
      object: 'eval.run.output_item',
      run_id: run.id,
      results: [{ name: 'accuracy', type: 'vqa_accuracy', score: 0, passed: false, status: 'scored' }],
      sample: { output: [{ role: 'assistant', content: 'no' }], model: 'answers', error: null },
    })
    expect(failed.sample.input[0]!.content).toMatch(/^Is this question 100\d\?$/)
  })
})

describe('lists', () => {
  test('of runs leave out reports, and filter by status', async () => {
    const path = `/v1/evals/${retrievalEval}/runs`
    const runs = (await pagesOf<RunObject>(api, path, 'limit=2')).flatMap(({ data }) => data)
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length)
    expect(runs.length).toBeGreaterThanOrEqual(4)
    expect(runs.every(({ report, report_digest }) => report === null && report_digest !== null)).toBe(true)
    const reversed = (await pagesOf<RunObject>(api, path, 'limit=3&order=desc')).flatMap(({ data }) => data)
    expect(reversed.map(({ id }) => id)).toEqual(runs.map(({ id }) => id).toReversed())
    expect(await api.get(`${path}?status=completed&limit=100`)).toMatchObject({ data: { length: runs.length } })
    expect(await api.get(`${path}?status=queued`)).toMatchObject({ data: [], has_more: false, first_id: null, last_id: null })
  })

  test.each(['asc', 'desc'])('of keys come in pages, %s', async (order) => {
    for (const name of ['one', 'two', 'three']) await api.post('/v1/keys', { name: `${name} ${order}` })
    const keys = (await pagesOf<{ name: string; created_at: number }>(api, '/v1/keys', `limit=1&order=${order}`)).flatMap(
      ({ data }) => data,
    )
    const whole = await api.get<{ data: unknown[] }>(`/v1/keys?limit=100&order=${order}`)
    expect(keys).toEqual(whole.data)
    const made = keys.map(({ name }) => name).filter((name) => name.endsWith(order))
    const inOrder = [`one ${order}`, `two ${order}`, `three ${order}`]
    expect(made).toEqual(order === 'asc' ? inOrder : inOrder.toReversed())
  })

  test.each(['/v1/datasets', '/v1/files', '/v1/evals', '/v1/endpoints'])(
    'of %s are the same by ones as at once',
    async (path) => {
      const pages = await pagesOf<object>(api, path, 'limit=1')
      expect(pages.flatMap(({ data }) => data)).toEqual((await api.get<{ data: object[] }>(`${path}?limit=100`)).data)
    },
  )
})

describe('cancelling', () => {
  test('ends a run permanently and repeatably, and later results do not count', async () => {
    const run = await startRun(api, vqaEval, vqa.id, slowSubject)
    await vi.waitFor(() => expect(slow.requests.chatCount).toBeGreaterThan(0), PATIENCE)
    const cancelled = await api.post<RunObject>(runPath(run), {})
    expect(cancelled).toMatchObject({ status: 'canceled', report_digest: null, error: null })
    expect(await api.post<RunObject>(runPath(run), {})).toMatchObject({ status: 'canceled' })
    expect(await outputItems(api, run)).toEqual([])
  })
})

describe('the unmodified openai client', () => {
  test('creates, reads, renames, lists and deletes evals', async () => {
    const made = await client.evals.create({
      name: 'by the SDK',
      metadata: { team: 'vision' },
      data_source_config: { type: 'dataset', task: 'vqa' } as never,
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' } as never],
    })
    expect(made).toMatchObject({ object: 'eval', name: 'by the SDK', metadata: { team: 'vision' } })
    expect(await client.evals.retrieve(made.id)).toEqual(made)
    expect(await client.evals.update(made.id, { name: 'renamed' })).toMatchObject({
      name: 'renamed',
      metadata: { team: 'vision' },
    })
    const ids: string[] = []
    for await (const { id } of client.evals.list({ limit: 1, order: 'desc', order_by: 'created_at' })) ids.push(id)
    expect(ids).toEqual(expect.arrayContaining([made.id, vqaEval, retrievalEval]))
    expect(await client.evals.delete(made.id)).toEqual({ object: 'eval.deleted', deleted: true, eval_id: made.id })
  })

  test('uploads a file, runs it, reads its samples', async () => {
    const answers = Array.from({ length: 10 }, (_, index) => ({ question_id: 1000 + index, answer: index < 4 ? 'yes' : 'no' }))
    const file = await client.files.create({ file: new File([JSON.stringify(answers)], 'results.json'), purpose: 'evals' })
    expect(file).toMatchObject({ object: 'file', filename: 'results.json', purpose: 'evals' })
    expect(await client.files.retrieve(file.id)).toEqual(file)
    expect(await client.files.waitForProcessing(file.id, { maxWait: 5000 })).toEqual(file)
    expect(await (await client.files.content(file.id)).json()).toEqual(answers)

    const started = await client.evals.runs.create(vqaEval, {
      name: 'by the SDK',
      data_source: { type: 'dataset', dataset: vqa.id, subject: { type: 'results', file_id: file.id, name: 'sdk' } } as never,
    })
    await vi.waitFor(
      async () => expect((await client.evals.runs.retrieve(started.id, { eval_id: vqaEval })).status).toBe('completed'),
      { timeout: PATIENCE, interval: 200 },
    )
    const run = await client.evals.runs.retrieve(started.id, { eval_id: vqaEval })
    expect(run.result_counts).toEqual({ total: 10, passed: 4, failed: 6, errored: 0 })
    expect(run.per_testing_criteria_results).toMatchObject([{ testing_criteria: 'accuracy', passed: 4, failed: 6 }])

    const statuses: string[] = []
    for await (const item of client.evals.runs.outputItems.list(run.id, { eval_id: vqaEval, limit: 3 }))
      statuses.push(item.status)
    expect(statuses.filter((status) => status === 'pass')).toHaveLength(4)
    expect(statuses).toHaveLength(10)
    const [first] = (await client.evals.runs.outputItems.list(run.id, { eval_id: vqaEval, status: 'fail', limit: 1 })).data
    expect(await client.evals.runs.outputItems.retrieve(first!.id, { eval_id: vqaEval, run_id: run.id })).toEqual(first)

    const names: (string | null)[] = []
    for await (const each of client.evals.runs.list(vqaEval, { status: 'completed' })) names.push(each.name)
    expect(names).toContain('by the SDK')
    expect(await client.files.delete(file.id)).toMatchObject({ id: file.id, deleted: true })
    await expect(client.files.retrieve(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })

  test('cancels, and gets errors in its own terms', async () => {
    const started = await client.evals.runs.create(vqaEval, {
      data_source: { type: 'dataset', dataset: vqa.id, subject: slowSubject } as never,
    })
    const canceled = await client.evals.runs.cancel(started.id, { eval_id: vqaEval })
    expect(canceled).toMatchObject({ id: started.id, status: 'canceled' })

    const wrong = client.evals.create({ data_source_config: { type: 'logs' }, testing_criteria: [] })
    await expect(wrong).rejects.toMatchObject({
      status: 400,
      code: 'invalid_request',
      type: 'invalid_request_error',
      param: '/testing_criteria',
      message: expect.stringContaining('/testing_criteria: must have a') as string,
      requestID: expect.stringMatching(/^req_/) as string,
    })
    const ended = await endOf(api, await startRun(api, vqaEval, vqa.id, await resultsOf(resultsForm(10))))
    // With its usual retries: a conflict says that a retry is useless.
    const counting = vi.fn(fetch)
    const patient = new OpenAI({ apiKey: assay.key.key, baseURL: `${assay.url}/v1`, fetch: counting })
    await expect(patient.evals.runs.cancel(ended.id, { eval_id: vqaEval })).rejects.toBeInstanceOf(OpenAI.ConflictError)
    expect(counting).toHaveBeenCalledOnce()
    const stranger = new OpenAI({ apiKey: 'sk-nobody', baseURL: `${assay.url}/v1` })
    await expect(stranger.evals.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  })

  test('lists models', async () => {
    const models = await client.models.list()
    expect(models.data.map(({ id }) => id)).toContain('assay-clip')
    expect(await client.models.retrieve('assay-clip')).toEqual(models.data.find(({ id }) => id === 'assay-clip'))
  })
})

describe('/v1/score', () => {
  const picture = new Uint8Array(samplePng(7))
  const TEXTS = ['a red circle', 'noise', 'a red circle', 'grün 🟢']
  const scores = ({ data }: ScoreResponse) => data.map(({ score }) => score)

  async function byForm(texts: readonly string[], fields: Record<string, string> = {}): Promise<ScoreResponse> {
    const form = new FormData()
    form.set('image', new Blob([picture]), 'picture')
    for (const text of texts) form.append('text', text)
    for (const [name, value] of Object.entries({ model: 'assay-clip', ...fields })) form.set(name, value)
    return api.upload('/v1/score', form)
  }
  const byJson = (image: unknown, texts: readonly string[], variant?: string) =>
    api.post<ScoreResponse>('/v1/score', { model: 'assay-clip', image, texts, ...(variant === undefined ? {} : { variant }) })
  const uri = `data:image/png;base64,${Buffer.from(picture).toString('base64')}`

  test('gives the same by multipart, by data: URI and by stored id, with its whole identity', async () => {
    const form = new FormData()
    form.set('image', new Blob([picture]), 'picture')
    const stored = await api.upload<{ id: string; width: number; height: number }>('/v1/images', form)
    expect(await api.upload('/v1/images', form)).toEqual(stored)
    expect(await api.get(`/v1/images/${stored.id}`)).toEqual(stored)
    const answers = [await byForm(TEXTS), await byJson(uri, TEXTS), await byJson({ id: stored.id }, TEXTS)]
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    const sha256 = createHash('sha256').update(picture).digest('hex')
    const model = await api.get<Record<string, string>>('/v1/models/assay-clip')
    expect(answers[0]).toMatchObject({
      object: 'score',
      model: 'assay-clip',
      metric: 'clipscore',
      variant: 'clipscore-2.5',
      image: { sha256, media_type: 'image/png', bytes: picture.length, width: stored.width, height: stored.height },
      identity: {
        model_digest: model['model_digest'],
        preprocessing_digest: model['preprocessing_digest'],
        runtime: model['runtime'],
      },
    })
    expect(answers[0]!.data.map(({ index, text }) => [index, text])).toEqual([...TEXTS.entries()])
  })

  test('does not depend on what is scored beside it, before it or at the same time', async () => {
    const together = scores(await byForm(TEXTS))
    expect(together[2]).toBe(together[0])
    const alone = await Promise.all(TEXTS.map(async (text) => scores(await byJson(uri, [text]))[0]))
    expect(alone).toEqual(together)
    expect(scores(await byForm(TEXTS.toReversed()))).toEqual(together.toReversed())
  })

  test('its variants are one cosine seen in three ways', async () => {
    const [clip, torch, cosine] = [
      await byForm(TEXTS, { variant: 'clipscore-2.5' }),
      await byForm(TEXTS, { variant: 'torchmetrics-100' }),
      await byJson(uri, TEXTS, 'cosine'),
    ]
    for (const [index, { cosine: raw, score }] of cosine.data.entries()) {
      expect(score).toBe(raw)
      expect(clip.data[index]).toMatchObject({ cosine: raw, score: 2.5 * Math.max(raw, 0) })
      expect(torch.data[index]).toMatchObject({ cosine: raw, score: 100 * raw })
      expect(Math.abs(raw)).toBeLessThanOrEqual(1)
    }
    expect([clip.variant, torch.variant, cosine.variant]).toEqual(['clipscore-2.5', 'torchmetrics-100', 'cosine'])
  })

  test('says what of a text is not in the vocabulary', async () => {
    const [known, boat, word, other] = (await byForm(['a dog', '⛵', 'парусник', 'кошка'], { model: 'assay-clip' })).data
    expect(known).toMatchObject({ unknown_tokens: 0 })
    // Read as its name.
    expect(boat).toMatchObject({ unknown_tokens: 0 })
    expect(word).toMatchObject({ unknown_tokens: 1 })
    expect(other).toMatchObject({ unknown_tokens: 1, score: word!.score })
  })

  test('says when a text was cut', async () => {
    const [short, long, longer] = (await byForm(['a dog', 'dog '.repeat(500), `${'dog '.repeat(500)}and a cat`])).data
    expect(short).toMatchObject({ truncated: false })
    expect(long).toMatchObject({ truncated: true })
    expect(long!.tokens).toBeGreaterThan(short!.tokens)
    // The truncated part does not matter.
    expect(longer).toMatchObject({ truncated: true, score: long!.score })
  })
})

describe('labels', () => {
  test('may be called what every object has', async () => {
    const files = vqaFiles(4)
    for (const [index, name] of ['__proto__', 'constructor', 'toString', 'x'].entries())
      Object.assign(files.annotations.annotations[index]!, { question_type: name, answer_type: name })
    const dataset = await api.upload<Dataset>('/v1/datasets', vqaForm('labels', 4, files))
    const run = await endOf(api, await startRun(api, vqaEval, dataset.id, await resultsOf(resultsForm(4))))
    const text = await (await assay.request(run.report_url)).text()
    expect(createHash('sha256').update(text).digest('hex')).toBe(run.report_digest)
    const { details, metrics } = (JSON.parse(text) as Report).criteria[0]!
    expect(Object.entries(details!['per_answer_type_percent'] as object).toSorted()).toEqual([
      ['__proto__', 100],
      ['constructor', 100],
      ['toString', 100],
      ['x', 100],
    ])
    expect(metrics.map(({ slice }) => slice)).toEqual(
      expect.arrayContaining(['answer_type=__proto__', 'question_type=constructor']),
    )
  })
})

describe.each(goldenSources('vqa-v2'))('VQA v2: $name', (golden) => {
  test('both scorers give the official numbers, to the last digit', async () => {
    const file = (name: string) => new File([golden.text(`vqa-v2/${name}`)], name)
    const count = golden.json('vqa-v2/questions.json').questions.length
    const form = new FormData()
    form.set('name', 'vqa-v2-slice')
    form.set('format', 'vqa-v2')
    form.set('annotations', file('annotations.json'))
    form.set('questions', file('questions.json'))
    const dataset = await api.upload<Dataset>('/v1/datasets', form)
    expect(dataset.version).toMatchObject({ task: 'vqa', items: count, images: 0 })
    const results = new FormData()
    results.set('purpose', 'evals')
    results.set('file', file('results.json'))
    const { id } = await api.post<{ id: string }>('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: ['vqa-2021', 'vqa-2015'].map((scorer) => ({ type: 'vqa_accuracy', name: scorer, scorer })),
    })
    const run = await endOf(api, await startRun(api, id, dataset.id, await resultsOf(results)))
    expect(run).toMatchObject({ status: 'completed', result_counts: { total: count, errored: 0 } })
    const { criteria } = run.report as unknown as Report
    for (const [index, name] of ['expected.json', 'expected_before_2021.json'].entries()) {
      const official = golden.json(`vqa-v2/${name}`) as {
        rounded_n2: { accuracy: { overall: number; perAnswerType: object; perQuestionType: object } }
        unrounded_n15: { accuracy: { overall: number } }
      }
      const { overall, perAnswerType, perQuestionType } = official.rounded_n2.accuracy
      expect(criteria[index]!.details).toMatchObject({
        official: true,
        per_answer_type_percent: perAnswerType,
        per_question_type_percent: perQuestionType,
      })
      // A run adds up in its own order: halfway between two hundredths the last bit of the sum says which of
      // them it is.
      const exact = official.unrounded_n15.accuracy.overall
      const isHalfway = Math.abs(((100 * exact) % 1) - 0.5) < 1e-9
      const hundredths = isHalfway ? [Math.floor(100 * exact) / 100, Math.ceil(100 * exact) / 100] : [overall]
      expect(hundredths).toContain((criteria[index]!.details as { overall_percent: number }).overall_percent)
      const whole = criteria[index]!.metrics.find(({ slice }) => slice === undefined)!
      expect(whole).toMatchObject({ n: count, errored: 0, unscored: 0 })
      expect(100 * whole.value!).toBeCloseTo(official.unrounded_n15.accuracy.overall, 10)
    }
  })
})

/** The first bytes of a body, whose connection is closed then. */
async function readSome(body: ReadableStream<Uint8Array>, bytes: number): Promise<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  let left = bytes
  while (left > 0) {
    const { done, value } = await reader.read()
    if (done) return text
    text += decoder.decode(value.subarray(0, left), { stream: true })
    left -= value.length
  }
  await reader.cancel()
  return text
}
