/** Events, manifest and exports of a run through the router, checked against the document. */
import type { Report } from '../../../../src/contracts/report.ts'
import { csvRows } from '../../../../src/files/csv-scanner.ts'
import { beforeAll, expect, test } from 'vitest'
import type { Services } from '../../../../src/http/app-context.ts'
import { createApp } from '../../../../src/http/app.ts'
import { createRunViews } from '../../../../src/storage/run-views.ts'
import { documentedAnswers } from '../../../support/documented-answers.ts'
import { openApiDocument } from '../../../support/openapi-document.ts'
import { memoryBucket } from '../../../support/memory-bucket.ts'
import { pureRun, VQA } from '../../../support/pure-run.ts'
import { SqliteEngine } from '../../runs/sqlite-engine.ts'

const app = createApp()
const undocumented = documentedAnswers(openApiDocument())
const lab = new SqliteEngine(await pureRun({ seed: 4, task: 'vqa', items: 20, criteria: [VQA], errored: new Set([2]) }))
let services: Services
let path: string

beforeAll(async () => {
  const { id } = await lab.start({ visibility: 'public', shardSize: 7 })
  await lab.drain()
  path = `/v1/evals/eval/runs/${id}`
  services = {
    ...lab.engine,
    views: createRunViews(lab.db, memoryBucket(lab.objects)),
    sleep: async () => {},
    explain: async (thrown: unknown) => thrown,
    failedAttempts: { refused: () => false, count: async () => true },
    limits: { key: async () => true, visitorRead: async () => true, recomputation: async () => true },
    keys: { authenticate: async () => ({ tenant: 't', keyId: 'k', role: 'member' }) },
  } as unknown as Services
})

async function ask(to: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await app.request(to, { method, headers: { authorization: 'Bearer k', ...headers } }, { services })
  const body = await response.text()
  const { status } = response
  const contentType = response.headers.get('content-type')
  expect(undocumented({ method, path: to.split('?')[0]!, status, contentType, body })).toBeNull()
  return { status, contentType, body, headers: response.headers }
}

test('events, and no answer after the last', async () => {
  const { status, contentType, body } = await ask(`${path}/events`)
  expect([status, contentType]).toEqual([200, 'text/event-stream'])
  expect(body).toMatch(/event: run\.ended\ndata: \{.*"status":"completed".*\}\n\n$/)
  const last = [...body.matchAll(/^id: (\d+)$/gm)].length
  expect((await ask(`${path}/events`, { 'last-event-id': String(last) })).status).toBe(204)
  for (const wrong of [String(last + 1), 'x', '-1'])
    expect((await ask(`${path}/events`, { 'last-event-id': wrong })).status, wrong).toBe(400)
})

test('the manifest, for its tenant and for readers of the report', async () => {
  const own = JSON.parse((await ask(`${path}/manifest`)).body) as { manifest: { report_digest: string } }
  const read = await ask(`/v1/reports/${own.manifest.report_digest}/manifests`)
  expect((JSON.parse(read.body) as { data: object[] }).data).toEqual([own])
  expect((await ask('/v1/signing_keys')).status).toBe(200)
  const made = await ask(`${path}/recompute`, {}, 'POST')
  expect(JSON.parse(made.body)).toMatchObject({ status: 'completed', equal: true, rows_equal: true })
  expect((await ask(`${path}/recompute`)).body).toBe(made.body)
})

test('bounds of a report’s errored items, as the run has them', async () => {
  const { manifest } = JSON.parse((await ask(`${path}/manifest`)).body) as { manifest: { report_digest: string } }
  const bounds = JSON.parse((await ask(`/v1/reports/${manifest.report_digest}/errored_bounds`)).body) as {
    data: { low: number; high: number }[]
  }
  const report = JSON.parse((await ask(`/v1/reports/${manifest.report_digest}`)).body) as Report
  const { value } = report.criteria[0]!.metrics[0]!
  expect(bounds.data).toEqual([
    { criterion: 'accuracy', metric: 'vqa_accuracy', variant: 'vqa-2021', low: (19 * value!) / 20, high: (19 * value! + 1) / 20 },
  ])
  expect((await ask('/v1/reports/none/errored_bounds')).status).toBe(404)
})

interface Sample {
  readonly datasource_item_id: number
  readonly datasource_item: { readonly id?: string }
  readonly results: readonly { readonly details?: object }[]
}

test('samples as lines and rows, the answers as an official file, a metric for the Hub', async () => {
  const lines = (await ask(`${path}/exports/items.jsonl`)).body.trimEnd().split('\n')
  expect(
    lines.map((line) => (JSON.parse(line) as { status: string }).status).filter((status) => status === 'error'),
  ).toHaveLength(1)
  expect(lines).toHaveLength(20)
  const table = [...csvRows((await ask(`${path}/exports/items.csv`)).body)].map(([, { cells }]) => cells)
  expect(table[0]!.slice(0, 4)).toEqual(['id', 'datasource_item_id', 'item_id', 'status'])
  expect(table[0]!.at(-1)).toMatch(/\.details$/)
  const samples = lines.map((line) => JSON.parse(line) as Sample)
  expect(table.slice(1).map((cells) => [...cells.slice(1, 3), cells.at(-1)])).toEqual(
    samples.map(({ datasource_item_id: place, datasource_item: { id = '' }, results }) => [
      String(place),
      id,
      results.at(-1)?.details === undefined ? '' : JSON.stringify(results.at(-1)!.details),
    ]),
  )
  // The server knows no filter here, so it must not export everything instead.
  expect((await ask(`${path}/exports/items.csv?status=fail`)).status).toBe(400)
  expect((await ask(`${path}/exports/results`)).body).toContain('1 of 20 items without an answer')
  const answers = await ask(`${path}/exports/results?unanswered=leave_out`)
  expect(answers.status).toBe(200)
  expect(answers.body.trimEnd().split('\n')).toHaveLength(19)
  expect(answers.headers.get('content-disposition')).toMatch(/filename="evalrun_1-results\.jsonl"/)
  const hub = await ask(`${path}/exports/eval_results.yaml?dataset=cais/hle&task_id=default`)
  expect(hub.body).toMatch(/^- dataset:\n {4}id: "cais\/hle"\n {4}task_id: "default"\n {2}value: 0\.\d+\n {2}date: /)
  expect(hub.body).toContain('errored 1')
  expect((await ask(`${path}/exports/eval_results.yaml?dataset=hle&task_id=default`)).status).toBe(400)
})
