/**
 * Comparisons of runs, and the work on those that outlive a request.
 * @module
 */
import type { ComparisonBody } from '../../contracts/comparison.ts'
import type { ComparisonOptions, ComparisonRecord, ComparisonStore, ComparisonWork } from '../../contracts/comparison-store.ts'
import { Fault } from '../../contracts/failure.ts'
import type { Clock } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { pageOf } from '../page.ts'
import { MAX_ERROR } from '../runs/conditions.ts'
import { deleteRow, findRow, type NamedTable } from './rows.ts'

const COMPARISONS: NamedTable = { table: 'comparisons', idColumn: 'comparison_id', resource: 'comparison' }

interface ComparisonRow {
  tenant_id: string
  comparison_id: string
  name: string | null
  metadata: string | null
  body: string
  created_at: number
  state: ComparisonRecord['state']
  options: string | null
  drafts: string | null
  error: string | null
}

/** D1 stores two million bytes per row; the rest is for names, options and drafts. */
const MOST_BYTES = 950_000

const OF_ID = 'tenant_id = :tenant AND comparison_id = :id'

export function createComparisonStore(db: D1Database, clock: Clock): ComparisonStore {
  const find = async (tenant: string, id: string) => comparisonOf(await findRow<ComparisonRow>(db, COMPARISONS, tenant, id))
  const insert = (record: Omit<ComparisonRecord, 'createdAt' | 'error'>, options: ComparisonOptions | null) => {
    const { tenant, id, name, metadata, body, state } = record
    return statement(
      db,
      `INSERT INTO comparisons (tenant_id, comparison_id, name, metadata, body, created_at, state, options)
       VALUES (:tenant, :id, :name, :metadata, :body, :now, :state, :options) ON CONFLICT DO NOTHING`,
      {
        tenant,
        id,
        name,
        metadata: metadata && JSON.stringify(metadata),
        body: storable(body),
        now: clock.now(),
        state,
        options: options && JSON.stringify(options),
      },
    )
  }
  const update = (set: string, tenant: string, id: string, values: Readonly<Record<string, string | null>>) =>
    statement(db, `UPDATE comparisons SET ${set} WHERE ${OF_ID} AND state = 'in_progress'`, { tenant, id, ...values }).run()
  return {
    find,

    async put(record) {
      await insert({ ...record, state: 'completed' }, null).run()
      return find(record.tenant, record.id)
    },

    async request(record, options) {
      const { tenant, id } = record
      await db.batch([
        insert({ ...record, state: 'in_progress' }, options),
        statement(
          db,
          `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
           VALUES (:tenant, 'compare:' || :id, 'compare', 'comparison', :id, '{}', 'pending', :now, :now) ON CONFLICT DO NOTHING`,
          { tenant, id, now: clock.now() },
        ),
      ])
      return find(tenant, id)
    },

    async work(tenant, id) {
      const row = await statement(db, `SELECT * FROM comparisons WHERE ${OF_ID} AND state = 'in_progress'`, {
        tenant,
        id,
      }).first<ComparisonRow>()
      return row && workOf(row)
    },

    async saveDrafts(tenant, id, drafts) {
      await update('drafts = :drafts', tenant, id, { drafts: storable(drafts) })
      await statement(db, `UPDATE outbox SET claims = 0 WHERE tenant_id = :tenant AND job_id = 'compare:' || :id`, {
        tenant,
        id,
      }).run()
    },

    finish: async (tenant, id, body) =>
      void (await update(`state = 'completed', body = :body, options = NULL, drafts = NULL`, tenant, id, {
        body: storable(body),
      })),

    fail: async (tenant, id, error) =>
      void (await update(`state = 'failed', error = :error, options = NULL, drafts = NULL`, tenant, id, {
        error: error.slice(0, MAX_ERROR),
      })),

    list: async (tenant, page) =>
      (await pageOf<ComparisonRow>(db, 'comparisons', 'comparison_id', tenant, page)).map(comparisonOf),

    delete: (tenant, id) => deleteRow(db, COMPARISONS, tenant, id),
  }
}

/** @throws {Fault} `too_large` for a result that no row holds */
function storable(value: unknown): string {
  const text = JSON.stringify(value)
  const bytes = new TextEncoder().encode(text).byteLength
  if (bytes <= MOST_BYTES) return text
  const remedy = 'list fewer changed units (listed), or compare fewer criteria or treatments at a time'
  throw new Fault({ kind: 'too_large', what: 'the comparison', limit: MOST_BYTES, actual: bytes, unit: 'bytes', remedy })
}

const comparisonOf = (row: ComparisonRow): ComparisonRecord => ({
  tenant: row.tenant_id,
  id: row.comparison_id,
  name: row.name,
  metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, string>),
  createdAt: row.created_at,
  state: row.state,
  error: row.error,
  body: JSON.parse(row.body) as ComparisonBody,
})

const workOf = (row: ComparisonRow): ComparisonWork => ({
  body: JSON.parse(row.body) as ComparisonBody,
  options: JSON.parse(row.options!) as ComparisonOptions,
  drafts: row.drafts === null ? [] : (JSON.parse(row.drafts) as ComparisonWork['drafts']),
})
