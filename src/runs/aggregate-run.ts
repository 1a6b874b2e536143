/**
 * From the recorded rows of a run to its report. Rows are folded in ordinal order, so ordinary arithmetic does not depend on layout,
 * arrival or duplication.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import { sha256Hex } from '../contracts/digest.ts'
import type { Engine } from '../contracts/ports.ts'
import type { Report } from '../contracts/report.ts'
import type { RunRecord, ShardTally } from '../contracts/run.ts'
import { mergeNeeds } from '../scorers/registry.ts'
import { buildReport } from '../scorers/build-report.ts'
import { earlyStop } from '../scorers/items-used.ts'
import { type ItemRanks, tallyWithRanks } from '../scorers/retrieval/item-ranks.ts'
import { usedByTarget } from '../scorers/prediction-powered.ts'
import { proxyOf } from './proxy-scores.ts'
import { readRows } from './read-rows.ts'
import { readTexts } from './read-texts.ts'

export interface AggregatedRun {
  readonly version: DatasetVersion
  /** Some criterion has a score for some item. */
  readonly hasScore: boolean
  readonly report: Report
  /** Of a run with a retrieval criterion: what is known of its items, and their shards' counts. Beside the report, never in it. */
  readonly itemRanks: {
    readonly items: readonly ItemRanks[]
    readonly tallies: readonly (readonly [shard: number, tally: ShardTally])[]
  } | null
  /** RFC 8785 canonical JSON. */
  readonly body: string
  readonly digest: string
}

/** The report of a run, computed from its recorded rows: what was published, at any later time. */
export async function aggregateRun(engine: Engine, run: RunRecord): Promise<AggregatedRun> {
  const reader = await engine.openDataset(run.tenant, run.datasetId, run.spec.dataset.digest)
  const { version } = reader
  const columns = await reader.columns(version.items)
  const { rows, embeddings, shards } = await readRows(engine, run, columns)
  const stop = earlyStop(run.spec, rows)
  const proxy = await proxyOf(engine, run.tenant, run.spec)
  const used = stop?.tau ?? usedByTarget(run.spec, rows, proxy) ?? run.spec.selection.count
  if (rows.length < used)
    throw new Error(`run ${run.id}: shards were skipped, but its ${rows.length} rows give no reason to stop`)
  const texts = mergeNeeds(run.spec.criteria, 'texts') ? await readTexts(engine, run, reader, used) : []
  const usedRows = rows.slice(0, used)
  let ranked = null as readonly ItemRanks[] | null
  const report = buildReport({
    spec: run.spec,
    specDigest: run.specDigest,
    version,
    columns,
    rows: usedRows,
    stop,
    proxy,
    embeddings,
    texts,
    onItemRanks: (items) => (ranked = items),
  })
  const byOrdinal = new Map(ranked?.map((item) => [item.ordinal, item]))
  const itemRanks = ranked && {
    items: ranked,
    tallies: shards.map(
      ({ shard, first, end, tally }) =>
        [shard, tallyWithRanks(tally, rows.slice(first, end), run.spec.criteria, byOrdinal)] as const,
    ),
  }
  const body = canonicalJson(report)
  const hasScore = usedRows.some(({ outcomes }) => outcomes.some(({ status }) => status === 'scored'))
  return { version, hasScore, report, itemRanks, body, digest: await sha256Hex(body) }
}
