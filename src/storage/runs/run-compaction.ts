/**
 * Compaction of an ended run: its rows move into one object, and unreferenced objects can be identified.
 * @module
 */
import type { RunCompaction } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'

export function runCompaction(db: D1Database): RunCompaction {
  return {
    async referencedKeys(tenant, run) {
      const column = (table: 'shards' | 'runs', name: string) =>
        `SELECT ${name} AS key FROM ${table} WHERE tenant_id = :tenant AND run_id = :run AND ${name} IS NOT NULL`
      const { results } = await statement(
        db,
        `${column('shards', 'evidence_key')} UNION ${column('shards', 'embeddings_key')}
         UNION ${column('runs', 'rows_key')} UNION ${column('runs', 'ranks_key')}`,
        { tenant, run },
      ).all<{ key: string }>()
      return new Set(results.map(({ key }) => key))
    },

    async compacted(tenant, run, rowsKey) {
      const values = { tenant, run, rowsKey }
      await db.batch([
        statement(
          db,
          `UPDATE runs SET rows_key = :rowsKey
           WHERE tenant_id = :tenant AND run_id = :run AND status <> 'in_progress' AND rows_key IS NULL`,
          values,
        ),
        // With another key the run was compacted before, and these rows are gone already.
        statement(
          db,
          `UPDATE shards SET rows = NULL WHERE tenant_id = :tenant AND run_id = :run
             AND EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND rows_key = :rowsKey)`,
          values,
        ),
      ])
    },
  }
}
