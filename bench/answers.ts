/**
 * The shipped models that answer, through the HTTP API alone: every model on the questions, statements and
 * captions of `fixtures/` that are its own, and paired comparisons of the models on the same items.
 *
 *     npm run bench -- answers [--nlvr FOLDER] [questions] [unseen-questions] [statements] [captions] [nlvr]
 *
 * Without names, all. FOLDER holds NLVR v1 as for `npm run bench -- quality`; without it that part is left
 * out. Two Markdown tables on stdout.
 * @module
 */
import { resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker } from '../scripts/build.ts'
import { apiClient, type ApiClient, type Dataset, type Run, waitForRun } from '../scripts/api-client.ts'
import {
  FAMILY_CAPTIONS,
  FAMILY_NLVR2,
  FAMILY_VQA,
  type FixtureDataset,
  importFixture,
  SCENES_VQA,
} from '../scripts/fixture-datasets.ts'
import { startAssay } from '../scripts/server-process.ts'
import type { ComparisonObject } from '../src/http/routes/comparisons/schema.ts'
import type { Report } from '../src/contracts/report.ts'
import { importStatements } from './quality/nlvr.ts'
import { table } from './score/summary.ts'

const FUSIONS = ['assay-visualbert', 'assay-vilbert', 'assay-lxmert'] as const
const MINUTES = 40

interface Part {
  readonly dataset: (api: ApiClient) => Promise<Dataset>
  readonly task: string
  readonly criterion: object
  readonly models: readonly string[]
}

const vqa = { type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021' }
const fixture = (dataset: FixtureDataset) => (api: ApiClient) => importFixture(api, dataset)
const say = (line: string): void => void process.stderr.write(`answers: ${line}\n`)

const { values: options, positionals: asked } = parseArgs({ options: { nlvr: { type: 'string' } }, allowPositionals: true })
// npm has moved to the root, and says where the person is.
const nlvrFolder = options.nlvr === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '.', options.nlvr)

const PARTS: Readonly<Record<string, Part>> = {
  questions: { dataset: fixture(SCENES_VQA), task: 'vqa', criterion: vqa, models: FUSIONS },
  'unseen-questions': { dataset: fixture(FAMILY_VQA), task: 'vqa', criterion: vqa, models: FUSIONS },
  statements: {
    dataset: fixture({ ...FAMILY_NLVR2, images: 'family/nlvr2/images' }),
    task: 'nlvr2',
    criterion: { type: 'nlvr2', name: 'nlvr2' },
    models: FUSIONS,
  },
  captions: {
    dataset: fixture(FAMILY_CAPTIONS),
    task: 'caption',
    criterion: { type: 'caption', name: 'captions' },
    models: ['assay-caption'],
  },
  ...(nlvrFolder !== undefined && {
    nlvr: {
      dataset: (api: ApiClient) => importStatements({ api, say }, 'nlvr', nlvrFolder),
      task: 'nlvr',
      criterion: { type: 'nlvr', name: 'nlvr' },
      models: FUSIONS,
    },
  }),
}

const unknown = asked.filter((name) => !(name in PARTS))
if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)
const parts = Object.entries(PARTS).filter(([name]) => asked.length === 0 || asked.includes(name))

const values: string[][] = []
const comparisons: string[][] = []

async function evaluate(api: ApiClient, name: string, { dataset: bring, task, criterion, models }: Part): Promise<void> {
  const dataset = await bring(api)
  const data_source_config = { type: 'dataset', task }
  const { id } = await api.post<{ id: string }>('/v1/evals', { name, data_source_config, testing_criteria: [criterion] })
  const runs: Run[] = []
  for (const model of models) {
    const data_source = { type: 'dataset', dataset: dataset.id, subject: { type: 'edge_model', model } }
    runs.push(await api.post<Run>(`/v1/evals/${id}/runs`, { name: model, data_source, seed: 0 }))
  }
  for (const [index, run] of runs.entries()) {
    const ended = await waitForRun(api, run, { timeoutMilliseconds: MINUTES * 60_000 })
    if (ended.status !== 'completed') throw new Error(`${run.name} on ${name}: ${ended.status}`)
    say(`${models[index]} on ${name}: ${ended.result_counts.total} items, ${ended.result_counts.errored} errored`)
    const { report } = await api.get<{ report: Report }>(`/v1/evals/${id}/runs/${run.id}`)
    for (const { metric, slice, value, interval, n } of report.criteria[0]!.metrics) {
      if (slice !== undefined && !slice.startsWith('answer_type')) continue
      const bounds = interval === null ? '' : ` (${shown(interval.low)}–${shown(interval.high)})`
      const what = slice === undefined ? metric : `${metric}, ${slice}`
      values.push([name, models[index]!, what, String(n), `${shown(value)}${bounds}`, ended.report_digest!.slice(0, 12)])
    }
  }
  for (const [index, run] of runs.slice(0, -1).entries())
    await compare(api, name, models.slice(index), [run, ...runs.slice(index + 1)])
}

/** Each later model against the first. */
async function compare(
  api: ApiClient,
  name: string,
  models: readonly string[],
  [baseline, ...others]: readonly Run[],
): Promise<void> {
  const body = { baseline: baseline!.id, treatments: others.map(({ id }) => id) }
  const { results } = await api.post<ComparisonObject>('/v1/comparisons', body)
  for (const one of results.filter(({ primary }) => primary)) {
    const at = 1 + others.findIndex(({ id }) => id === one.treatment)
    const bounds = one.interval === null ? '' : ` (${shown(one.interval.low)} to ${shown(one.interval.high)})`
    const [better, worse] = [one.improved, one.degraded].map((flips) => String(flips?.count ?? '–')) as [string, string]
    const p = [one.p, one.adjusted_p].map((value) => (value === null ? '–' : value.toFixed(3)))
    comparisons.push([
      name,
      `${models[0]} → ${models[at]}`,
      `${shown(one.difference)}${bounds}`,
      better,
      worse,
      ...p,
      one.verdict ?? '–',
    ])
  }
}

const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3))

await buildWorker()
const assay = await startAssay()
try {
  const api = apiClient(assay.url, assay.key.key)
  for (const [name, part] of parts) await evaluate(api, name, part)
} finally {
  await assay.stop()
}
process.stdout.write(`${table([['items', 'model', 'metric', 'n', 'value (95 %)', 'report'], ...values])}\n\n`)
if (comparisons.length > 0)
  process.stdout.write(
    `${table([['items', 'baseline → treatment', 'difference (95 %)', 'better', 'worse', 'p', 'adjusted p', 'verdict'], ...comparisons])}\n`,
  )
