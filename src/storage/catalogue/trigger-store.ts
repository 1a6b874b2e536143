/**
 * Triggers: signed requests that start a run.
 * @module
 */
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { Fault } from '../../contracts/failure.ts'
import type { Clock } from '../../contracts/ports.ts'
import type { TriggerRecord } from '../../contracts/records.ts'
import type { CommitStatus, TriggerFilter } from '../../contracts/trigger.ts'
import { statement } from '../named-statement.ts'
import { pageOf } from '../page.ts'
import type { TableSnapshots } from '../table-snapshot.ts'
import { missing, type NamedTable } from './rows.ts'

const TRIGGERS: NamedTable = { table: 'triggers', idColumn: 'trigger_id', resource: 'trigger' }

interface TriggerRow {
  tenant_id: string
  trigger_id: string
  name: string
  eval_id: string
  scheme: TriggerRecord['scheme']
  sealed_secret: string
  run_template: string
  filter: string | null
  commit_status: string | null
  created_at: number
}

/** @param snapshots - of trigger ids, for the lifetime of the isolate */
export function createTriggerStore(db: D1Database, clock: Clock, snapshots: TableSnapshots): CatalogueStore['triggers'] {
  const ids = snapshots(async (limit) => {
    const { results } = await statement(db, `SELECT trigger_id FROM triggers LIMIT :limit`, { limit }).all<{
      trigger_id: string
    }>()
    return results.map(({ trigger_id: id }) => id)
  })
  return {
    async put({ run, filter, commitStatus, ...trigger }) {
      const now = clock.now()
      const { meta } = await statement(
        db,
        `INSERT INTO triggers (tenant_id, trigger_id, name, eval_id, scheme, sealed_secret, run_template, filter,
                               commit_status, created_at)
         SELECT :tenant, :id, :name, :evalId, :scheme, :sealedSecret, :run, :filter, :commitStatus, :now
         WHERE EXISTS (SELECT 1 FROM evals WHERE tenant_id = :tenant AND eval_id = :evalId)`,
        {
          ...trigger,
          run: JSON.stringify(run),
          filter: filter && JSON.stringify(filter),
          commitStatus: commitStatus && JSON.stringify(commitStatus),
          now,
        },
      ).run()
      if (meta.changes === 0) throw new Fault({ kind: 'conflict', detail: `eval ${trigger.evalId} was deleted meanwhile` })
      ids.forget()
      return { ...trigger, run, filter, commitStatus, createdAt: now }
    },

    list: async (tenant, page) => (await pageOf<TriggerRow>(db, 'triggers', 'trigger_id', tenant, page)).map(triggerOf),

    async delete(tenant, id) {
      const where = `WHERE tenant_id = :tenant AND trigger_id = :id`
      const [removed] = await db.batch([
        statement(db, `DELETE FROM triggers ${where}`, { tenant, id }),
        statement(db, `DELETE FROM trigger_deliveries ${where}`, { tenant, id }),
      ])
      if (removed!.meta.changes === 0) throw missing(TRIGGERS, id)
    },

    async findAnywhere(id) {
      const row = await statement(db, `SELECT * FROM triggers WHERE trigger_id = :id`, { id }).first<TriggerRow>()
      if (row === null) throw missing(TRIGGERS, id)
      return triggerOf(row)
    },

    mayExist: (id) => ids.mayHave(id),
  }
}

const triggerOf = (row: TriggerRow): TriggerRecord => ({
  tenant: row.tenant_id,
  id: row.trigger_id,
  name: row.name,
  evalId: row.eval_id,
  scheme: row.scheme,
  sealedSecret: row.sealed_secret,
  run: JSON.parse(row.run_template) as Record<string, unknown>,
  filter: row.filter === null ? null : (JSON.parse(row.filter) as TriggerFilter),
  commitStatus: row.commit_status === null ? null : (JSON.parse(row.commit_status) as CommitStatus),
  createdAt: row.created_at,
})
