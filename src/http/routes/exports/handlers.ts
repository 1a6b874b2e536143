/**
 * Exports of a run: samples, official results files, and entries for the Hugging Face Hub.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { Report } from '../../../contracts/report.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { resultsWriter } from '../../../tasks/formats/official-results.ts'
import type { Services } from '../../app-context.ts'
import { textStream } from '../../body/text-stream.ts'
import { type Call, route } from '../../route.ts'
import { findRun } from '../runs/find-run.ts'
import { evalResultsYaml } from './hugging-face.ts'
import { csvRows, jsonLines, resultsFile, unansweredItems } from './items.ts'
import { exportItemsAsCsv, exportItemsAsLines, exportResults, exportToHub } from './operations.ts'

/** Each shard's samples are an object, and an invocation may read a thousand. */
const MOST_SHARDS = 900

const EXTENSIONS = { 'application/json': 'json', 'application/jsonl': 'jsonl', 'text/csv': 'csv' } as const

export const exportRoutes = [
  route(exportItemsAsLines, async (call) => {
    const run = await exportable(call)
    return call.answer(200, textStream(jsonLines(call.services, run)), savedAs(run, 'items.jsonl'))
  }),

  route(exportItemsAsCsv, async (call) => {
    const run = await exportable(call)
    return call.answer(200, textStream(csvRows(call.services, run)), savedAs(run, 'items.csv'))
  }),

  route(exportResults, async (call) => {
    const { services, query, answer } = call
    const run = await exportable(call)
    if (run.status === 'in_progress') throw conflict(run, 'has not ended')
    const { version } = await services.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
    const unanswered = await unansweredItems(services, run)
    const { count } = run.spec.selection
    if (unanswered === count) throw conflict(run, 'has no outputs that are texts or segments, so it has no results file')
    if (unanswered > 0 && query.unanswered === 'refuse')
      throw conflict(
        run,
        `has ${unanswered} of ${count} items without an answer, which a results file cannot say; retry them, or send unanswered=leave_out`,
      )
    const writer = resultsWriter(version.format, version.source)
    return answer(200, textStream(resultsFile(services, run, writer)), savedAs(run, `results.${EXTENSIONS[writer.mediaType]}`))
  }),

  route(exportToHub, async (call) => {
    const { services, context, query, answer } = call
    const run = await findRun(call)
    const body = run.reportDigest === null ? null : await services.reports.body(run.tenant, run.reportDigest)
    if (body === null) throw conflict(run, `has no report: it is ${run.status}`)
    const address = new URL(`/v1/reports/${run.reportDigest}`, context.req.url).href
    const yaml = evalResultsYaml(run, JSON.parse(body) as Report, query, run.visibility === 'public' ? address : null)
    return answer(200, textStream([yaml].values()), savedAs(run, 'eval_results.yaml'))
  }),
]

type ExportCall = Call<typeof exportItemsAsLines> | Call<typeof exportItemsAsCsv> | Call<typeof exportResults>

/** @throws {Fault} `not_found`; `too_large` for more shards than an invocation may read */
async function exportable(call: ExportCall): Promise<RunRecord> {
  const run = await findRun(call)
  const shards = (await progressOf(call.services, run)).shards
  if (shards > MOST_SHARDS)
    throw new Fault({
      kind: 'too_large',
      what: 'the run',
      limit: MOST_SHARDS,
      actual: shards,
      unit: 'shards for an export',
      remedy: 'read its output items page by page',
    })
  return run
}

async function progressOf({ views }: Pick<Services, 'views'>, { tenant, id }: RunRecord) {
  return (await views.progress(tenant, [id])).get(id)!
}

const conflict = ({ id }: RunRecord, detail: string) => new Fault({ kind: 'conflict', detail: `run ${id} ${detail}` })

const savedAs = ({ id }: RunRecord, name: string) => ({
  'content-disposition': `attachment; filename="${id}-${name}"`,
  'cache-control': 'private, no-store',
})
