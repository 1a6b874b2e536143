/**
 * The merge: rows in, report out. Reads rows in ordinal order and folds them in that order, so ordinary arithmetic does not
 * depend on layout, arrival or duplication.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import { sha256Hex } from '../contracts/digest.ts'
import { decodeEmbeddings, type EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { ItemColumns } from '../contracts/dataset.ts'
import type { Engine } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import { decodeRows, type SampleRow } from '../contracts/sample-row.ts'
import { criterionFor, rowWidths } from '../criteria/criterion.ts'
import { buildReport } from '../report/build-report.ts'
import { erroredRow } from './observe.ts'
import { publishRun } from './publish.ts'

/** Shards read a query: their row blobs are in memory together. */
const PAGE = 64

/** Merges and publishes a run whose shards are all recorded or failed. Does nothing when the run has ended meanwhile. */
export async function mergeRun(engine: Engine, tenant: string, runId: string): Promise<void> {
  await engine.failpoint('before-merge')
  const run = await engine.ledger.findRun(tenant, runId)
  if (run?.status !== 'in_progress') return
  const reader = await engine.openDataset(tenant, run.datasetId, run.spec.dataset.digest)
  const columns = await reader.columns(run.spec.selection.count)
  const { rows, embeddings } = await readRows(engine, run, columns)
  const report = buildReport({ spec: run.spec, specDigest: run.specDigest, version: reader.version, columns, rows, embeddings })
  const body = canonicalJson(report)
  await publishRun(engine, run, reader.version, report, body, await sha256Hex(body))
}

async function readRows(
  engine: Engine,
  run: RunRecord,
  columns: ItemColumns,
): Promise<{ rows: SampleRow[]; embeddings: EmbeddingEntry[] }> {
  const { criteria, selection } = run.spec
  const widths = rowWidths(criteria)
  const keepsEmbeddings = criteria.some((spec) => criterionFor(spec).keepsEmbeddings)
  const rows: SampleRow[] = []
  const embeddings: EmbeddingEntry[] = []
  while (rows.length < selection.count) {
    const shards = await engine.ledger.readShards(run.tenant, run.id, rows.length, PAGE)
    if (shards.length === 0) break
    for (const shard of shards) {
      if (shard.first !== rows.length)
        throw new Error(`run ${run.id}: shard ${shard.shard} starts at ${shard.first}, expected ${rows.length}`)
      if (shard.state === 'failed') {
        for (let ordinal = shard.first; ordinal < shard.end; ordinal++)
          rows.push(erroredRow(ordinal, columns.cluster[ordinal]!, criteria))
        continue
      }
      if (shard.state !== 'recorded' || shard.rows === null)
        throw new Error(`run ${run.id}: shard ${shard.shard} is ${shard.state} without rows`)
      const decoded = decodeRows(shard.rows, widths)
      if (decoded.length !== shard.end - shard.first || decoded.some((row, index) => row.ordinal !== shard.first + index))
        throw new Error(`run ${run.id}: shard ${shard.shard} does not hold its own ordinals`)
      rows.push(...decoded)
      if (keepsEmbeddings && shard.embeddingsKey)
        embeddings.push(...decodeEmbeddings(await engine.blobs.get(shard.embeddingsKey)).entries)
    }
  }
  if (rows.length !== selection.count) throw new Error(`run ${run.id}: ${rows.length} rows of ${selection.count}`)
  return { rows, embeddings }
}
