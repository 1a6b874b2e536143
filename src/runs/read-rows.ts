/**
 * The rows of a run in ordinal order, from wherever they lie: in the ledger, shard by shard, or compacted in one object.
 * @module
 */
import type { ItemColumns } from '../contracts/dataset.ts'
import { decodeEmbeddings, type EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { Engine } from '../contracts/ports.ts'
import type { RunRecord, ShardRecord } from '../contracts/run.ts'
import { decodeRows, type SampleRow } from '../contracts/sample-row.ts'
import { mergeNeeds, rowWidths } from '../criteria/criterion.ts'
import { erroredRow } from './observe.ts'

/** Ordinals a query: D1 hands a BLOB over as an array of numbers, eight times its size. */
const PAGE = 8192

/** Every shard of a run in ordinal order, a bounded number at a time. */
export async function* shardsInOrder(engine: Engine, run: RunRecord): AsyncGenerator<ShardRecord> {
  for (let first = 0; first < run.spec.selection.count; first += PAGE)
    yield* await engine.ledger.readShards(run.tenant, run.id, first, first + PAGE)
}

/**
 * The rows that a run's report is folded from, errored ones for each failed shard, and the embeddings of its scored items.
 * @throws {Error} unless every ordinal of the selection is there once.
 */
export async function readRows(
  engine: Engine,
  run: RunRecord,
  columns: ItemColumns,
): Promise<{ rows: SampleRow[]; embeddings: EmbeddingEntry[] }> {
  const { criteria, selection } = run.spec
  const widths = rowWidths(criteria)
  const keepsEmbeddings = mergeNeeds(criteria, 'embeddings')
  const compacted = run.rowsKey === null ? null : decodeRows(await engine.blobs.get(run.rowsKey), widths)
  let taken = 0
  const rowsOf = ({ first, end, rows }: ShardRecord): SampleRow[] | null => {
    if (compacted === null) return rows && decodeRows(rows, widths)
    return compacted.slice(taken, (taken += end - first))
  }
  const rows: SampleRow[] = []
  const embeddings: EmbeddingEntry[] = []
  for await (const shard of shardsInOrder(engine, run)) {
    if (shard.first !== rows.length)
      throw new Error(`run ${run.id}: shard ${shard.shard} starts at ${shard.first}, expected ${rows.length}`)
    if (shard.state === 'failed') {
      for (let ordinal = shard.first; ordinal < shard.end; ordinal++)
        rows.push(erroredRow(ordinal, columns.cluster[ordinal]!, criteria))
      continue
    }
    const own = shard.state === 'recorded' ? rowsOf(shard) : null
    if (own === null) throw new Error(`run ${run.id}: shard ${shard.shard} is ${shard.state} without rows`)
    if (own.length !== shard.end - shard.first || own.some((row, index) => row.ordinal !== shard.first + index))
      throw new Error(`run ${run.id}: shard ${shard.shard} does not hold its own ordinals`)
    for (const row of own) rows.push(row)
    if (keepsEmbeddings && shard.embeddingsKey)
      for (const entry of decodeEmbeddings(await engine.blobs.get(shard.embeddingsKey)).entries) embeddings.push(entry)
  }
  if (rows.length !== selection.count) throw new Error(`run ${run.id}: ${rows.length} rows of ${selection.count}`)
  return { rows, embeddings }
}
