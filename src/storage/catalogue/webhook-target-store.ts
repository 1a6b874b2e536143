/**
 * Webhook endpoints: addresses notified when a run ends.
 * @module
 */
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { Fault } from '../../contracts/failure.ts'
import type { Clock } from '../../contracts/ports.ts'
import { MAX_WEBHOOK_TARGETS, type WebhookTarget } from '../../contracts/records.ts'
import { statement } from '../named-statement.ts'
import { pageOf } from '../page.ts'
import { deleteRow, findRow, type NamedTable } from './rows.ts'

const TARGETS: NamedTable = { table: 'webhook_endpoints', idColumn: 'endpoint_id', resource: 'webhook endpoint' }

interface WebhookTargetRow {
  endpoint_id: string
  url: string
  sealed_secret: string
  created_at: number
  disabled_at: number | null
}

export function createWebhookTargetStore(db: D1Database, clock: Clock): CatalogueStore['webhookTargets'] {
  return {
    async put(tenant, target) {
      const now = clock.now()
      const values = { ...target, tenant, now, most: MAX_WEBHOOK_TARGETS }
      const enabledHere = `FROM webhook_endpoints WHERE tenant_id = :tenant AND url = :url AND disabled_at IS NULL`
      const [inserted, same] = await db.batch<{ endpoint_id: string }>([
        statement(
          db,
          `INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, sealed_secret, created_at)
           SELECT :tenant, :id, :url, :sealedSecret, :now
           WHERE NOT EXISTS (SELECT 1 ${enabledHere})
             AND (SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = :tenant) < :most`,
          values,
        ),
        statement(db, `SELECT endpoint_id ${enabledHere}`, values),
      ])
      if (inserted!.meta.changes === 0) throw refusal(same!.results[0]?.endpoint_id)
      return { ...target, createdAt: now, disabledAt: null }
    },

    find: async (tenant, id) => targetOf(await findRow<WebhookTargetRow>(db, TARGETS, tenant, id)),

    list: async (tenant, page) =>
      (await pageOf<WebhookTargetRow>(db, 'webhook_endpoints', 'endpoint_id', tenant, page)).map(targetOf),

    delete: (tenant, id) => deleteRow(db, TARGETS, tenant, id),

    async disable(tenant, id) {
      await statement(
        db,
        `UPDATE webhook_endpoints SET disabled_at = :now WHERE tenant_id = :tenant AND endpoint_id = :id AND disabled_at IS NULL`,
        { tenant, id, now: clock.now() },
      ).run()
    },
  }
}

/** @param sameAddress - the enabled endpoint with that address, if any */
function refusal(sameAddress: string | undefined): Fault {
  if (sameAddress === undefined) {
    const detail = `there are ${MAX_WEBHOOK_TARGETS} webhook endpoints, the most a tenant may have; delete one first`
    return new Fault({ kind: 'conflict', detail })
  }
  const detail = `this address is registered as ${sameAddress}; for another secret delete that one first`
  return new Fault({ kind: 'conflict', detail, pointer: '/url' })
}

const targetOf = (row: WebhookTargetRow): WebhookTarget => ({
  id: row.endpoint_id,
  url: row.url,
  sealedSecret: row.sealed_secret,
  createdAt: row.created_at,
  disabledAt: row.disabled_at,
})
