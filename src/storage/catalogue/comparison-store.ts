/**
 * Comparisons of runs, complete when stored.
 * @module
 */
import type { ComparisonBody, ComparisonRecord, ComparisonStore } from '../../contracts/comparison.ts'
import type { Clock } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { pageOf } from '../page.ts'
import { deleteRow, findRow, type NamedTable } from './rows.ts'

const COMPARISONS: NamedTable = { table: 'comparisons', idColumn: 'comparison_id', resource: 'comparison' }

interface ComparisonRow {
  tenant_id: string
  comparison_id: string
  name: string | null
  metadata: string | null
  body: string
  created_at: number
}

export function createComparisonStore(db: D1Database, clock: Clock): ComparisonStore {
  const find = async (tenant: string, id: string) => comparisonOf(await findRow<ComparisonRow>(db, COMPARISONS, tenant, id))
  return {
    find,

    async put({ tenant, id, name, metadata, body }) {
      await statement(
        db,
        `INSERT INTO comparisons (tenant_id, comparison_id, name, metadata, body, created_at)
         VALUES (:tenant, :id, :name, :metadata, :body, :now) ON CONFLICT DO NOTHING`,
        { tenant, id, name, metadata: metadata && JSON.stringify(metadata), body: JSON.stringify(body), now: clock.now() },
      ).run()
      return find(tenant, id)
    },

    list: async (tenant, page) =>
      (await pageOf<ComparisonRow>(db, 'comparisons', 'comparison_id', tenant, page)).map(comparisonOf),

    delete: (tenant, id) => deleteRow(db, COMPARISONS, tenant, id),
  }
}

const comparisonOf = (row: ComparisonRow): ComparisonRecord => ({
  tenant: row.tenant_id,
  id: row.comparison_id,
  name: row.name,
  metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, string>),
  createdAt: row.created_at,
  body: JSON.parse(row.body) as ComparisonBody,
})
