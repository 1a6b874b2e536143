/**
 * Compaction: moves the rows of an ended run into one object, and deletes objects of losing attempts. Of a
 * deleted run, every object.
 * @module
 */
import type { Blobs, RunStore } from '../contracts/ports.ts'
import { decodeRows, encodeRows, type SampleRow } from '../contracts/sample-row.ts'
import { earlierRowWidths, rowWidths } from '../scorers/registry.ts'
import { shardsInOrder } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'

export interface CompactDependencies {
  readonly runs: Pick<RunStore, 'findRun' | 'readShards' | 'compacted' | 'referencedKeys'>
  readonly blobs: Pick<Blobs, 'putHashed' | 'keysOfRun' | 'delete'>
}

/**
 * Moves the recorded rows of an ended run from D1 to one object, and deletes objects that no shard refers to.
 * Repeatable.
 */
export async function compactRun({ runs, blobs }: CompactDependencies, tenant: string, runId: string): Promise<void> {
  const run = await runs.findRun(tenant, runId)
  // A consumer that did not know of the deletion may have stored an object after it.
  if (run === null) return blobs.delete(await blobs.keysOfRun({ tenant, id: runId }))
  if (run.status === 'in_progress') return
  const scorers = scorersOf(run)
  const widths = rowWidths(scorers)
  if (run.rowsKey === null) {
    const rows: SampleRow[] = []
    for await (const shard of shardsInOrder({ runs }, run))
      if (shard.rows) for (const row of decodeRows(shard.rows, widths, earlierRowWidths(scorers))) rows.push(row)
    const rowsKey = await blobs.putHashed(run, 'rows', encodeRows(rows, widths))
    await runs.compacted(tenant, runId, rowsKey)
  }
  const referenced = await runs.referencedKeys(tenant, runId)
  const unreferenced = (await blobs.keysOfRun(run)).filter((key) => !referenced.has(key))
  await blobs.delete(unreferenced)
}
