/**
 * Ids of a small table, read whole at most every few seconds. Requests from strangers are checked against it,
 * so that each does not cost a query.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'

/** Largest age of a snapshot. Rows added or removed elsewhere are seen after that. */
const SNAPSHOT_MILLISECONDS = 5000

/** Most rows of a snapshot. A larger table has none. */
const SNAPSHOT_ROWS = 10_000

/** @param read - returns the entries of the first `limit` rows */
export type TableSnapshots = (read: (limit: number) => Promise<string[]>) => TableSnapshot

export interface TableSnapshot {
  /** Whether the table had this entry some seconds ago; also true if only a query could tell. */
  mayHave(entry: string): Promise<boolean>
  /** Call after adding a row here, so that it is found at once. */
  forget(): void
}

/** Lives as long as the isolate. It stores no promise, since one request must not wait for another's I/O. */
export function createTableSnapshot(clock: Clock): TableSnapshots {
  let entries: ReadonlySet<string> | null = null
  let readAt = -Infinity
  return (read) => ({
    async mayHave(entry) {
      const now = clock.now()
      // After the clock was set back, the snapshot counts as old.
      if (Math.abs(now - readAt) >= SNAPSHOT_MILLISECONDS) {
        readAt = now
        const found = await read(SNAPSHOT_ROWS + 1)
        entries = found.length > SNAPSHOT_ROWS ? null : new Set(found)
      }
      return entries === null || entries.has(entry)
    },
    forget() {
      readAt = -Infinity
    },
  })
}
