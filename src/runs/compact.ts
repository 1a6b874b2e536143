/**
 * Compaction: once a run has ended, its rows become one object, and whatever losing attempts left behind goes.
 * @module
 */
import type { Engine } from '../contracts/ports.ts'
import { decodeRows, encodeRows, type SampleRow } from '../contracts/sample-row.ts'
import { earlierRowWidths, rowWidths } from '../scorers/registry.ts'
import { shardsInOrder } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'

/** Moves the recorded rows of an ended run from D1 to one object, and deletes objects that no shard names. Repeatable. */
export async function compactRun(engine: Engine, tenant: string, runId: string): Promise<void> {
  const run = await engine.runs.findRun(tenant, runId)
  if (run === null || run.status === 'in_progress') return
  const scorers = scorersOf(run)
  const widths = rowWidths(scorers)
  if (run.rowsKey === null) {
    const rows: SampleRow[] = []
    for await (const shard of shardsInOrder(engine, run))
      if (shard.rows) for (const row of decodeRows(shard.rows, widths, earlierRowWidths(scorers))) rows.push(row)
    const rowsKey = await engine.blobs.putHashed(run, 'rows', encodeRows(rows, widths))
    await engine.runs.compacted(tenant, runId, rowsKey)
  }
  const named = await engine.runs.referencedKeys(tenant, runId)
  const orphans = (await engine.blobs.keysOfRun(run)).filter((key) => !named.has(key))
  await engine.blobs.delete(orphans)
}
