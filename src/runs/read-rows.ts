/**
 * Rows of a run in ordinal order: from D1, shard by shard, or from one compacted object.
 * @module
 */
import { decodeEmbeddings, type EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { Blobs, RunStore } from '../contracts/ports.ts'
import type { RunRecord, ShardRange, ShardRecord, ShardTally } from '../contracts/run.ts'
import { decodeRows, type SampleRow } from '../contracts/sample-row.ts'
import { earlierRowWidths, rowWidths } from '../scorers/registry.ts'
import { requireHeld } from './gallery-size.ts'
import { erroredRow } from './score-items.ts'
import { scorersOf } from './scorers-of-run.ts'

export interface ReadShardsDependencies {
  readonly runs: Pick<RunStore, 'readShards'>
}

export interface ReadRowsDependencies extends ReadShardsDependencies {
  readonly blobs: Pick<Blobs, 'get'>
}

/** Ordinals per query. D1 returns a BLOB as an array of numbers, eight times its size. */
const PAGE = 8192

/** Every shard of a run in ordinal order, page by page. */
export async function* shardsInOrder(
  { runs }: ReadShardsDependencies,
  run: RunRecord,
  count = run.spec.selection.count,
): AsyncGenerator<ShardRecord> {
  for (let first = 0; first < count; first += PAGE)
    yield* await runs.readShards(run.tenant, run.id, first, Math.min(first + PAGE, count))
}

/** A recorded shard without its rows. */
export interface RecordedRange extends ShardRange {
  readonly shard: number
  readonly tally: ShardTally
}

/**
 * The rows of each shard of a run, in ordinal order: errored ones for a failed shard. Ends before the first
 * skipped shard of a run that stopped early.
 * @param clusters - the cluster of each ordinal
 * @param count - reads the shards that begin before this ordinal; default: all
 * @throws {Error} unless every ordinal occurs exactly once
 */
export async function* rowsByShard(
  dependencies: ReadRowsDependencies,
  run: RunRecord,
  clusters: Uint32Array,
  count = run.spec.selection.count,
): AsyncGenerator<{ readonly shard: ShardRecord; readonly rows: readonly SampleRow[] }> {
  const scorers = scorersOf(run)
  const widths = rowWidths(scorers)
  const before = earlierRowWidths(scorers)
  const compacted = run.rowsKey === null ? null : await dependencies.blobs.get(run.rowsKey)
  let taken = 0
  const rowsOf = ({ first, end, rows }: ShardRecord): SampleRow[] | null => {
    if (compacted === null) return rows && decodeRows(rows, widths, before)
    const from = taken
    taken += end - first
    return decodeRows(compacted, widths, before, { from, to: taken })
  }
  let next = 0
  for await (const shard of shardsInOrder(dependencies, run, count)) {
    if (shard.state === 'skipped') return
    if (shard.first !== next) throw new Error(`run ${run.id}: shard ${shard.shard} starts at ${shard.first}, expected ${next}`)
    next = shard.end
    if (shard.state === 'failed') {
      const errored = (index: number) => erroredRow(shard.first + index, clusters[shard.first + index]!, scorers)
      yield { shard, rows: Array.from({ length: shard.end - shard.first }, (_, index) => errored(index)) }
      continue
    }
    const rows = shard.state === 'recorded' ? rowsOf(shard) : null
    if (rows === null) throw new Error(`run ${run.id}: shard ${shard.shard} is ${shard.state} without rows`)
    if (rows.length !== shard.end - shard.first || rows.some((row, index) => row.ordinal !== shard.first + index))
      throw new Error(`run ${run.id}: shard ${shard.shard} does not hold its own ordinals`)
    yield { shard, rows }
  }
  if (next < count) throw new Error(`run ${run.id}: ${next} rows of ${count}`)
}

/** All rows of a run's report, and the embeddings of its scored items; otherwise as {@link rowsByShard}. */
export async function readRows(
  dependencies: ReadRowsDependencies,
  run: RunRecord,
  clusters: Uint32Array,
  count = run.spec.selection.count,
): Promise<{ rows: SampleRow[]; embeddings: EmbeddingEntry[]; shards: RecordedRange[] }> {
  const keepsEmbeddings = scorersOf(run).some(({ keepsOutputs, requires }) => keepsOutputs && requires === 'embeddings')
  const rows: SampleRow[] = []
  const embeddings: EmbeddingEntry[] = []
  let held = 0
  const shards: RecordedRange[] = []
  for await (const { shard, rows: own } of rowsByShard(dependencies, run, clusters, count)) {
    for (const row of own) rows.push(row)
    if (shard.state === 'failed') continue
    if (shard.tally !== null) shards.push({ shard: shard.shard, first: shard.first, end: shard.end, tally: shard.tally })
    if (keepsEmbeddings && shard.embeddingsKey) {
      const { dimensions, entries } = decodeEmbeddings(await dependencies.blobs.get(shard.embeddingsKey))
      for (const { captions } of entries) held += 4 * dimensions * (1 + captions.length)
      requireHeld(held)
      for (const entry of entries) embeddings.push(entry)
    }
  }
  return { rows, embeddings, shards }
}
