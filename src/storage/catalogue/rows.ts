/**
 * Finds and deletes one row of a tenant's table by its id.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import { statement } from '../named-statement.ts'

export interface NamedTable {
  readonly table: string
  readonly idColumn: string
  /** Name of the resource in errors. */
  readonly resource: string
}

export const missing = ({ resource }: NamedTable, id: string) => new Fault({ kind: 'not_found', resource, id })

/** @param shownId - the id as written in requests. @throws {Fault} `not_found` */
export async function findRow<Row>(db: D1Database, named: NamedTable, tenant: string, id: string, shownId = id): Promise<Row> {
  const row = await statement(db, `SELECT * FROM ${named.table} WHERE tenant_id = :tenant AND ${named.idColumn} = :id`, {
    tenant,
    id,
  }).first<Row>()
  if (row === null) throw missing(named, shownId)
  return row
}

/** @throws {Fault} `not_found` */
export async function deleteRow(db: D1Database, named: NamedTable, tenant: string, id: string): Promise<void> {
  const { meta } = await statement(db, `DELETE FROM ${named.table} WHERE tenant_id = :tenant AND ${named.idColumn} = :id`, {
    tenant,
    id,
  }).run()
  if (meta.changes === 0) throw missing(named, id)
}
