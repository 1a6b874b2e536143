/**
 * The ids of a small table, read whole at most every few seconds: for questions that strangers ask in any number, and that must not cost a
 * query each.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'

/** How old a snapshot may be: what was added elsewhere or removed is known after that. */
const SNAPSHOT_MILLISECONDS = 5000

/** Rows that are held; a larger table is not snapshotted. */
const SNAPSHOT_ROWS = 10_000

/** @param read - the entries of the first `limit` rows. */
export type TableSnapshots = (read: (limit: number) => Promise<string[]>) => TableSnapshot

export interface TableSnapshot {
  /** Whether the table had this entry some seconds ago; true, too, where that cannot be told without a query. */
  mayHave(entry: string): Promise<boolean>
  /** After a row was added here: it must be found at once. */
  forget(): void
}

/**
 * Kept for as long as the isolate lives, so it holds no promise: one request must not wait for what another one reads.
 */
export function createTableSnapshot(clock: Clock): TableSnapshots {
  let entries: ReadonlySet<string> | null = null
  let readAt = -Infinity
  return (read) => ({
    async mayHave(entry) {
      const now = clock.now()
      // A clock that was set back makes it old, not young.
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
