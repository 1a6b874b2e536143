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
  name: string
  event_types: string
  secret_hint: string | null
  former_sealed_secret: string | null
  former_secret_until: number | null
  created_at: number
  updated_at: number | null
  disabled_at: number | null
}

export function createWebhookTargetStore(db: D1Database, clock: Clock): CatalogueStore['webhookTargets'] {
  return {
    async put(tenant, target) {
      const now = clock.now()
      const eventTypes = JSON.stringify(target.eventTypes)
      const values = { ...target, eventTypes, tenant, now, most: MAX_WEBHOOK_TARGETS }
      const enabledHere = `FROM webhook_endpoints WHERE tenant_id = :tenant AND url = :url AND disabled_at IS NULL`
      const [inserted, same] = await db.batch<{ endpoint_id: string }>([
        statement(
          db,
          `INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, sealed_secret, name, event_types, secret_hint, created_at)
           SELECT :tenant, :id, :url, :sealedSecret, :name, :eventTypes, :secretHint, :now
           WHERE NOT EXISTS (SELECT 1 ${enabledHere})
             AND (SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = :tenant) < :most`,
          values,
        ),
        statement(db, `SELECT endpoint_id ${enabledHere}`, values),
      ])
      if (inserted!.meta.changes === 0) throw refusal(same!.results[0]?.endpoint_id)
      return { ...target, former: null, createdAt: now, updatedAt: null, disabledAt: null }
    },

    find: async (tenant, id) => targetOf(await findRow<WebhookTargetRow>(db, TARGETS, tenant, id)),

    list: async (tenant, page) =>
      (await pageOf<WebhookTargetRow>(db, 'webhook_endpoints', 'endpoint_id', tenant, page)).map(targetOf),

    async update(tenant, id, change) {
      const before = targetOf(await findRow<WebhookTargetRow>(db, TARGETS, tenant, id))
      const after = { ...before, ...change }
      const { name, url, eventTypes, sealedSecret, secretHint, former } = after
      const values = {
        tenant,
        id,
        name,
        url,
        sealedSecret,
        secretHint,
        eventTypes: JSON.stringify(eventTypes),
        former: former?.sealedSecret ?? null,
        until: former?.until ?? null,
        now: clock.now(),
      }
      const { meta } = await statement(
        db,
        `UPDATE webhook_endpoints SET name = :name, url = :url, event_types = :eventTypes, sealed_secret = :sealedSecret,
           secret_hint = :secretHint, former_sealed_secret = :former, former_secret_until = :until, updated_at = :now
         WHERE tenant_id = :tenant AND endpoint_id = :id AND NOT EXISTS (SELECT 1 FROM webhook_endpoints
           WHERE tenant_id = :tenant AND url = :url AND disabled_at IS NULL AND endpoint_id <> :id)`,
        values,
      ).run()
      if (meta.changes === 0) throw refusal('another endpoint')
      return { ...after, updatedAt: values.now }
    },

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
  const detail = `this address is registered as ${sameAddress}; use that one: it can be renamed, and POST …/rotate_secret gives it another secret`
  return new Fault({ kind: 'conflict', detail, pointer: '/url' })
}

const targetOf = (row: WebhookTargetRow): WebhookTarget => ({
  id: row.endpoint_id,
  url: row.url,
  sealedSecret: row.sealed_secret,
  name: row.name,
  eventTypes: JSON.parse(row.event_types) as string[],
  secretHint: row.secret_hint,
  former:
    row.former_sealed_secret === null ? null : { sealedSecret: row.former_sealed_secret, until: row.former_secret_until ?? 0 },
  updatedAt: row.updated_at,
  createdAt: row.created_at,
  disabledAt: row.disabled_at,
})
