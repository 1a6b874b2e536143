/**
 * `npm run bench -- quality <folder of splits> [model]`: retrieval quality of a model, measured through
 * Assay's API. Each folder (see `training/assay_training/write_splits.py`) is imported into the built Worker
 * on workerd, evaluated by an edge run with the `retrieval` criterion, and becomes one line of the table in
 * docs/measurements/assay-clip-quality.md.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { apiClient, type Run, waitForRun } from '../scripts/api-client.ts'
import { buildWorker } from '../scripts/build.ts'
import { type FixtureDataset, importFixture, startRun } from '../scripts/first-evaluation.ts'
import { startAssay } from '../scripts/server-process.ts'
import type { Report } from '../src/contracts/report.ts'

const RUN_TIMEOUT = 20 * 60_000

const [folder, model = 'assay-clip'] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: npm run bench -- quality <folder of splits> [model]')

const percent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1))
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

/** One direction's R@1 with its interval, R@5 and R@10, as cells. */
function cells(report: Report, variant: string): readonly string[] {
  const metrics = report.criteria[0]!.metrics.filter((metric) => metric.variant === variant)
  const at = (depth: number) => metrics.find(({ metric }) => metric === `R@${depth}`)!
  const { value, interval } = at(1)
  const bounds = interval === null ? '' : ` (${percent(interval.low)}–${percent(interval.high)})`
  return [`**${percent(value)}**${bounds}`, percent(at(5).value), percent(at(10).value)]
}

await buildWorker()
const assay = await startAssay()
try {
  const api = apiClient(assay.url, assay.key.key)
  const { id } = await api.post<{ id: string }>('/v1/evals', {
    name: 'Held-out splits',
    data_source_config: { type: 'dataset', task: 'retrieval' },
    testing_criteria: [{ type: 'retrieval', name: 'retrieval' }],
  })
  say(`| split | gallery | chance | text → image R@1 (95 %) | R@5 | R@10 | image → text R@1 (95 %) | R@5 | R@10 | report |`)
  say(`| --- | ---: | ---: | --- | ---: | ---: | --- | ---: | ---: | --- |`)
  for (const name of (await readdir(folder)).toSorted()) {
    const split: FixtureDataset = {
      name,
      format: 'karpathy',
      split: 'test',
      annotations: `${name}/dataset.json`,
      images: `${name}/images`,
    }
    const { title = name } = JSON.parse(await readFile(join(folder, split.annotations), 'utf8')) as { title?: string }
    const dataset = await importFixture(api, split, folder)
    const run = await startRun(api, id, name, dataset, { type: 'edge_model', model })
    const ended: Run = await waitForRun(api, run, { timeoutMilliseconds: RUN_TIMEOUT })
    if (ended.status !== 'completed') throw new Error(`${name}: ${ended.status} ${ended.error?.message ?? ''}`)
    const { report } = await api.get<{ readonly report: Report }>(`/v1/evals/${id}/runs/${run.id}`)
    const { items } = dataset.version
    const cellsOf = (direction: string) => cells(report, `vse++/${direction}`).join(' | ')
    const chance = percent(1 / items)
    say(
      `| ${title} | ${items} | ${chance} | ${cellsOf('text-to-image')} | ${cellsOf('image-to-text')} | \`${ended.report_digest?.slice(0, 12)}\` |`,
    )
  }
} finally {
  await assay.stop()
}
