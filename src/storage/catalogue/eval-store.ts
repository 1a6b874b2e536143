/**
 * Evals: a task and its testing criteria.
 * @module
 */
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { Fault, invalidField } from '../../contracts/failure.ts'
import type { Clock } from '../../contracts/ports.ts'
import type { EvalRecord, Page } from '../../contracts/records.ts'
import { statement } from '../named-statement.ts'
import { pageOf } from '../page.ts'
import { findRow, missing, type NamedTable } from './rows.ts'

const EVALS: NamedTable = { table: 'evals', idColumn: 'eval_id', resource: 'eval' }

interface EvalRow {
  eval_id: string
  name: string | null
  data_source_config: string
  testing_criteria: string
  metadata: string | null
  created_at: number
}

export function createEvalStore(db: D1Database, clock: Clock): CatalogueStore['evals'] {
  const find = async (tenant: string, id: string) => evalOf(await findRow<EvalRow>(db, EVALS, tenant, id))
  return {
    find,

    async put(tenant, { id, name, dataSourceConfig, criteria, metadata }) {
      await statement(
        db,
        `INSERT INTO evals (tenant_id, eval_id, name, data_source_config, testing_criteria, metadata, created_at, updated_at)
         VALUES (:tenant, :id, :name, :dataSourceConfig, :criteria, :metadata, :now, :now) ON CONFLICT DO NOTHING`,
        {
          tenant,
          id,
          name,
          dataSourceConfig: JSON.stringify(dataSourceConfig),
          criteria: JSON.stringify(criteria),
          metadata: metadata && JSON.stringify(metadata),
          now: clock.now(),
        },
      ).run()
      return find(tenant, id)
    },

    async list(tenant, { order_by: by, ...page }) {
      const rows =
        by === 'updated_at' ? await pageByChange(db, tenant, page) : await pageOf<EvalRow>(db, 'evals', 'eval_id', tenant, page)
      return rows.map(evalOf)
    },

    async update(tenant, id, { name, metadata }) {
      // Only the given members, so that two concurrent changes of different members both persist.
      const row = await statement(
        db,
        `UPDATE evals SET name = CASE WHEN :setsName THEN :name ELSE name END,
           metadata = CASE WHEN :setsMetadata THEN :metadata ELSE metadata END, updated_at = :now
         WHERE tenant_id = :tenant AND eval_id = :id RETURNING *`,
        {
          tenant,
          id,
          setsName: name === undefined ? 0 : 1,
          name: name ?? null,
          setsMetadata: metadata === undefined ? 0 : 1,
          metadata: metadata ? JSON.stringify(metadata) : null,
          now: clock.now(),
        },
      ).first<EvalRow>()
      if (row === null) throw missing(EVALS, id)
      return evalOf(row)
    },

    async delete(tenant, id) {
      await find(tenant, id)
      const { meta } = await statement(
        db,
        `DELETE FROM evals WHERE tenant_id = :tenant AND eval_id = :id
           AND NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND eval_id = :id AND status = 'in_progress')
           AND NOT EXISTS (SELECT 1 FROM triggers WHERE tenant_id = :tenant AND eval_id = :id)`,
        { tenant, id },
      ).run()
      if (meta.changes > 0) return
      const detail = `eval ${id} has a run in progress or a trigger; end or delete those first`
      throw new Fault({ kind: 'conflict', detail })
    },
  }
}

/** A page in the order of changes, and of creation where two changed at once. */
async function pageByChange(db: D1Database, tenant: string, { limit, after, order }: Page): Promise<EvalRow[]> {
  const cursor =
    after === undefined
      ? null
      : await statement(db, `SELECT updated_at FROM evals WHERE tenant_id = :tenant AND eval_id = :after`, {
          tenant,
          after,
        }).first<{
          updated_at: number
        }>()
  if (after !== undefined && cursor === null)
    throw invalidField('after', 'names no eval: with order_by=updated_at the cursor must still exist; begin again without it')
  const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<']
  const { results } = await statement(
    db,
    `SELECT * FROM evals WHERE tenant_id = :tenant
       ${cursor === null ? '' : `AND (updated_at, eval_id) ${beyond} (:changed, :after)`}
     ORDER BY updated_at ${direction}, eval_id ${direction} LIMIT :limit`,
    { tenant, limit, ...(cursor !== null && { changed: cursor.updated_at, after: after! }) },
  ).all<EvalRow>()
  return results
}

const evalOf = (row: EvalRow): EvalRecord => ({
  id: row.eval_id,
  name: row.name,
  dataSourceConfig: JSON.parse(row.data_source_config) as EvalRecord['dataSourceConfig'],
  criteria: JSON.parse(row.testing_criteria) as EvalRecord['criteria'],
  metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, string>),
  createdAt: row.created_at,
})
