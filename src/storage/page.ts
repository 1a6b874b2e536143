/**
 * Pages of a list in the order of its ids, which sort by creation time.
 * @module
 */
import type { Page } from '../contracts/records.ts'
import { type SqlValue, statement } from './named-statement.ts'

/**
 * SQL after a `WHERE` clause. An unneeded condition is left out: `? IS NULL OR …` would prevent use of the
 * index.
 */
export function pageClause(idColumn: string, { after, order }: Pick<Page, 'after' | 'order'>): string {
  const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<']
  const cursor = after === undefined ? '' : `AND ${idColumn} ${beyond} :after`
  return `${cursor} ORDER BY ${idColumn} ${direction} LIMIT :limit`
}

export const pageValues = ({ limit, after }: Page): Readonly<Record<string, SqlValue>> => ({ limit, after: after ?? null })

/**
 * One page of a tenant's table.
 * @param condition - SQL that a row must meet, and its values
 */
export async function pageOf<Row>(
  db: D1Database,
  table: string,
  idColumn: string,
  tenant: string,
  page: Page,
  condition: { readonly sql: string; readonly values: Readonly<Record<string, SqlValue>> } = { sql: '', values: {} },
): Promise<Row[]> {
  const { results } = await statement(
    db,
    `SELECT * FROM ${table} WHERE tenant_id = :tenant ${condition.sql} ${pageClause(idColumn, page)}`,
    { tenant, ...condition.values, ...pageValues(page) },
  ).all<Row>()
  return results
}
