/**
 * From the recorded rows of a run to its report. Rows are aggregated in ordinal order, so sums do not depend
 * on layout, arrival or duplication.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import type { DatasetReader, DatasetVersion } from '../contracts/dataset.ts'
import { sha256Hex } from '../contracts/digest.ts'
import type { DatasetOpener } from '../contracts/ports.ts'
import type { Report } from '../contracts/report.ts'
import type { RunRecord, ShardTally } from '../contracts/run.ts'
import { encodeRows, type RowStatus, type SampleRow } from '../contracts/sample-row.ts'
import type { ItemOutput } from '../scorers/aggregate-input.ts'
import { buildReport } from '../scorers/build-report.ts'
import { itemsUsed } from '../scorers/items-used.ts'
import type { LateResults, LateResultsOfRun } from '../scorers/late-results.ts'
import { rowWidths } from '../scorers/registry.ts'
import type { BoundScorer } from '../scorers/scorer.ts'
import { proxyOf, type ProxyScoresDependencies } from './proxy-scores.ts'
import { readOutputs } from './read-outputs.ts'
import { readRows, type ReadRowsDependencies, type RecordedRange } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'
import { countVerdicts, type Verdict } from './tally.ts'

export type AggregateRunDependencies = ReadRowsDependencies & ProxyScoresDependencies & { readonly datasets: DatasetOpener }

export interface AggregatedRun {
  readonly version: DatasetVersion
  /** Whether at least one item has a score from at least one scorer. */
  readonly hasScore: boolean
  /** Ordinals of the first errored and of the first unscored item; null without one. */
  readonly firstErrored: number | null
  readonly firstUnscored: number | null
  readonly report: Report
  /**
   * For a run with late results: the results, and the counts per shard derived from them. Not part of the
   * report.
   */
  readonly late: {
    readonly results: LateResultsOfRun
    readonly tallies: readonly (readonly [shard: number, tally: ShardTally])[]
  } | null
  /** RFC 8785 canonical JSON. */
  readonly body: string
  readonly digest: string
  /** The rows of the report: their number, and the SHA-256 of their binary form. */
  readonly rows: { readonly count: number; readonly digest: string }
}

/** The report of a run, computed from its recorded rows: the same bytes at any time. */
export async function aggregateRun(dependencies: AggregateRunDependencies, run: RunRecord): Promise<AggregatedRun> {
  const scorers = scorersOf(run)
  const reader = await dependencies.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  const { version } = reader
  const columns = await reader.columns()
  const { rows, embeddings, shards } = await readRows(dependencies, run, columns.cluster)
  const proxy = await proxyOf(dependencies, run.tenant, run.spec)
  const used = itemsUsed(run.spec, scorers, rows, proxy)?.count ?? run.spec.selection.count
  if (rows.length < used)
    throw new Error(`run ${run.id}: shards were skipped, but its ${rows.length} rows give no reason to stop`)
  const usedRows = rows.slice(0, used)
  const late = scorers.map((): LateResults | null => null)
  const report = buildReport({
    spec: run.spec,
    specDigest: run.specDigest,
    scorers,
    version,
    columns,
    rows: usedRows,
    proxy,
    embeddings,
    outputs: await keptOutputs(dependencies, run, scorers, reader, used),
    onLateResults: (scorer, results) => (late[scorer] = results),
  })
  const body = canonicalJson(report)
  const firstOf = (wanted: RowStatus) =>
    usedRows.find(({ outcomes }) => outcomes.some(({ status }) => status === wanted))?.ordinal ?? null
  return {
    version,
    firstErrored: firstOf('errored'),
    firstUnscored: firstOf('unscored'),
    hasScore: usedRows.some(({ outcomes }) => outcomes.some(({ status }) => status === 'scored')),
    report,
    late: late.every((results) => results === null) ? null : { results: late, tallies: talliesWith(late, scorers, shards, rows) },
    body,
    digest: await sha256Hex(body),
    rows: { count: used, digest: await sha256Hex(encodeRows(usedRows, rowWidths(scorers))) },
  }
}

/** Outputs for scorers that aggregate texts or segments; none without such a scorer. */
async function keptOutputs(
  dependencies: ReadRowsDependencies,
  run: RunRecord,
  scorers: readonly BoundScorer[],
  reader: DatasetReader,
  count: number,
): Promise<ItemOutput[]> {
  const keeper = scorers.find(({ keepsOutputs, requires }) => keepsOutputs && requires !== 'embeddings')
  return keeper === undefined ? [] : readOutputs(dependencies, run, reader, count, keeper.requires)
}

/** Counts per shard, including late results. */
function talliesWith(
  late: LateResultsOfRun,
  scorers: readonly BoundScorer[],
  shards: readonly RecordedRange[],
  rows: readonly SampleRow[],
): (readonly [number, ShardTally])[] {
  const verdictsOf = ({ ordinal, outcomes }: SampleRow): Verdict[] =>
    scorers.map((scorer, index) => {
      const { status, stats } = outcomes[index]!
      if (status !== 'scored') return 'errored'
      const passed = scorer.late === undefined ? scorer.passes(stats) : late[index]?.of(ordinal)?.passed
      return passed === true ? 'passed' : 'failed'
    })
  return shards.map(({ shard, first, end, tally }) => [
    shard,
    { ...tally, ...countVerdicts(rows.slice(first, end).map(verdictsOf), scorers.length) },
  ])
}
