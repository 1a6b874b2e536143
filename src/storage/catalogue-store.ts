/**
 * Small records of the catalogue: pictures, evals, endpoints, webhook targets, triggers.
 * @module
 */
import type { CatalogueStore } from '../contracts/catalogue-ports.ts'
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import { Fault } from '../contracts/failure.ts'
import type { ImageReference } from '../contracts/item.ts'
import type { Clock } from '../contracts/ports.ts'
import { createTableSnapshot } from './table-snapshot.ts'
import { MAX_WEBHOOK_TARGETS } from '../contracts/records.ts'
import type { EndpointRecord, EvalRecord, Page, TriggerRecord, WebhookTarget } from '../contracts/records.ts'

const missing = (resource: string, id: string) => new Fault({ kind: 'not_found', resource, id })

/** One page of a tenant's table, by its sortable id. */
export async function pageOf<Row>(
  db: D1Database,
  table: string,
  idColumn: string,
  tenant: string,
  { limit, after, order }: Page,
): Promise<Row[]> {
  const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<']
  const { results } = await db
    .prepare(
      `SELECT * FROM ${table} WHERE tenant_id = ?1 AND (?2 IS NULL OR ${idColumn} ${beyond} ?2) ORDER BY ${idColumn} ${direction} LIMIT ?3`,
    )
    .bind(tenant, after ?? null, limit)
    .all<Row>()
  return results
}

/** All but the files: those are `file-store.ts`'s. */
export function createCatalogueStore(
  db: D1Database,
  clock: Clock,
  triggerSnapshots = createTableSnapshot(clock),
): Omit<CatalogueStore, 'files'> {
  const triggerIds = triggerSnapshots(async (limit) => {
    const { results } = await db.prepare(`SELECT trigger_id FROM triggers LIMIT ?1`).bind(limit).all<{ trigger_id: string }>()
    return results.map(({ trigger_id: id }) => id)
  })
  const page = <Row>(table: string, idColumn: string, tenant: string, of: Page) => pageOf<Row>(db, table, idColumn, tenant, of)

  async function remove(table: string, idColumn: string, resource: string, tenant: string, id: string): Promise<void> {
    const { meta } = await db.prepare(`DELETE FROM ${table} WHERE tenant_id = ?1 AND ${idColumn} = ?2`).bind(tenant, id).run()
    if (meta.changes === 0) throw missing(resource, id)
  }

  async function find<Row>(
    table: string,
    idColumn: string,
    resource: string,
    tenant: string,
    id: string,
    shownId = id,
  ): Promise<Row> {
    const row = await db.prepare(`SELECT * FROM ${table} WHERE tenant_id = ?1 AND ${idColumn} = ?2`).bind(tenant, id).first<Row>()
    if (row === null) throw missing(resource, shownId)
    return row
  }

  return {
    images: {
      async put(tenant: string, image: ImageReference): Promise<{ createdAt: number; created: boolean }> {
        const now = clock.now()
        const results = await db.batch<{ created_at: number }>([
          db
            .prepare(
              `INSERT INTO images (tenant_id, sha256, media_type, bytes, width, height, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING`,
            )
            .bind(tenant, image.sha256, image.media_type, image.bytes, image.width, image.height, now),
          db.prepare(`SELECT created_at FROM images WHERE tenant_id = ?1 AND sha256 = ?2`).bind(tenant, image.sha256),
        ])
        return { createdAt: results[1]!.results[0]!.created_at, created: results[0]!.meta.changes === 1 }
      },
      async find(tenant: string, sha256: string): Promise<ImageReference & { createdAt: number }> {
        const row = await find<ImageReference & { created_at: number }>(
          'images',
          'sha256',
          'image',
          tenant,
          sha256,
          `img_${sha256}`,
        )
        const { media_type, bytes, width, height } = row
        return { sha256, media_type, bytes, width, height, createdAt: row.created_at }
      },
    },

    evals: {
      async put(tenant: string, record: Omit<EvalRecord, 'createdAt'>): Promise<EvalRecord> {
        await db
          .prepare(
            `INSERT INTO evals (tenant_id, eval_id, name, data_source_config, testing_criteria, metadata, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO NOTHING`,
          )
          .bind(
            tenant,
            record.id,
            record.name,
            JSON.stringify(record.dataSourceConfig),
            JSON.stringify(record.criteria),
            record.metadata && JSON.stringify(record.metadata),
            clock.now(),
          )
          .run()
        return evalOf(await find<EvalRow>('evals', 'eval_id', 'eval', tenant, record.id))
      },
      find: async (tenant: string, id: string) => evalOf(await find<EvalRow>('evals', 'eval_id', 'eval', tenant, id)),
      list: async (tenant: string, of: Page) => (await page<EvalRow>('evals', 'eval_id', tenant, of)).map(evalOf),
      async update(
        tenant: string,
        id: string,
        change: { name?: string | null | undefined; metadata?: Record<string, string> | null | undefined },
      ) {
        const { name, metadata } = change
        // Only what is given, so that two changes at once do not undo each other.
        const row = await db
          .prepare(
            `UPDATE evals SET name = CASE WHEN ?3 THEN ?4 ELSE name END, metadata = CASE WHEN ?5 THEN ?6 ELSE metadata END
             WHERE tenant_id = ?1 AND eval_id = ?2 RETURNING *`,
          )
          .bind(
            tenant,
            id,
            name === undefined ? 0 : 1,
            name ?? null,
            metadata === undefined ? 0 : 1,
            metadata ? JSON.stringify(metadata) : null,
          )
          .first<EvalRow>()
        if (row === null) throw missing('eval', id)
        return evalOf(row)
      },
      /** @throws {Fault} `not_found`, or `conflict` while the eval has runs in progress or triggers. */
      async delete(tenant: string, id: string): Promise<void> {
        await find('evals', 'eval_id', 'eval', tenant, id)
        const { meta } = await db
          .prepare(
            `DELETE FROM evals WHERE tenant_id = ?1 AND eval_id = ?2
               AND NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND eval_id = ?2 AND status = 'in_progress')
               AND NOT EXISTS (SELECT 1 FROM triggers WHERE tenant_id = ?1 AND eval_id = ?2)`,
          )
          .bind(tenant, id)
          .run()
        if (meta.changes === 0)
          throw new Fault({
            kind: 'conflict',
            detail: `eval ${id} has a run in progress or a trigger; end or delete those first`,
          })
      },
    },

    endpoints: {
      async put(tenant: string, endpoint: Omit<EndpointRecord, 'createdAt'>): Promise<EndpointRecord> {
        const createdAt = clock.now()
        const { meta } = await db
          .prepare(
            `INSERT INTO endpoints (tenant_id, name, base_url, secret_name, timeout_ms, max_attempts, concurrency, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING`,
          )
          .bind(
            tenant,
            endpoint.name,
            endpoint.baseUrl,
            endpoint.secretName,
            endpoint.timeoutMs,
            endpoint.maxAttempts,
            endpoint.concurrency,
            createdAt,
          )
          .run()
        if (meta.changes === 0)
          throw new Fault({
            kind: 'conflict',
            detail: `an endpoint called ${endpoint.name} exists; delete it first or choose another name`,
            pointer: '/name',
          })
        return { ...endpoint, createdAt }
      },
      find: async (tenant: string, name: string) =>
        endpointOf(await find<EndpointRow>('endpoints', 'name', 'endpoint', tenant, name)),
      list: async (tenant: string, of: Page) => (await page<EndpointRow>('endpoints', 'name', tenant, of)).map(endpointOf),
      /** @throws {Fault} `not_found`, or `conflict` while a run in progress asks it: the rest of its items would be errored. */
      async delete(tenant: string, name: string): Promise<void> {
        await find('endpoints', 'name', 'endpoint', tenant, name)
        const { meta } = await db
          .prepare(
            `DELETE FROM endpoints WHERE tenant_id = ?1 AND name = ?2
               AND NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND status = 'in_progress' AND queue = 'endpoint'
                                 AND json_extract(spec, '$.subject.endpoint') = ?2)`,
          )
          .bind(tenant, name)
          .run()
        if (meta.changes === 0)
          throw new Fault({
            kind: 'conflict',
            detail: `endpoint ${name} is asked by a run in progress; cancel the run or wait for its end`,
          })
      },
    },

    webhookTargets: {
      async put(tenant: string, target: Omit<WebhookTarget, 'createdAt' | 'disabledAt'>): Promise<WebhookTarget> {
        const createdAt = clock.now()
        const [inserted, same] = await db.batch<{ endpoint_id: string }>([
          db
            .prepare(
              `INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, sealed_secret, created_at) SELECT ?1, ?2, ?3, ?4, ?5
               WHERE NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE tenant_id = ?1 AND url = ?3 AND disabled_at IS NULL)
                 AND (SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = ?1) < ?6`,
            )
            .bind(tenant, target.id, target.url, target.sealedSecret, createdAt, MAX_WEBHOOK_TARGETS),
          db
            .prepare(`SELECT endpoint_id FROM webhook_endpoints WHERE tenant_id = ?1 AND url = ?2 AND disabled_at IS NULL`)
            .bind(tenant, target.url),
        ])
        if (inserted!.meta.changes === 0) {
          const [there] = same!.results
          throw new Fault({
            kind: 'conflict',
            detail: there
              ? `this address is registered as ${there.endpoint_id}; for another secret delete that one first`
              : `there are ${MAX_WEBHOOK_TARGETS} webhook endpoints, the most a tenant may have; delete one first`,
            ...(there ? { pointer: '/url' } : {}),
          })
        }
        return { ...target, createdAt, disabledAt: null }
      },
      find: async (tenant: string, id: string) =>
        webhookTargetOf(await find<WebhookTargetRow>('webhook_endpoints', 'endpoint_id', 'webhook endpoint', tenant, id)),
      list: async (tenant: string, of: Page) =>
        (await page<WebhookTargetRow>('webhook_endpoints', 'endpoint_id', tenant, of)).map(webhookTargetOf),
      delete: (tenant: string, id: string) => remove('webhook_endpoints', 'endpoint_id', 'webhook endpoint', tenant, id),
      /** A target that answered 410 Gone wants no more. */
      async disable(tenant: string, id: string): Promise<void> {
        await db
          .prepare(
            `UPDATE webhook_endpoints SET disabled_at = ?3 WHERE tenant_id = ?1 AND endpoint_id = ?2 AND disabled_at IS NULL`,
          )
          .bind(tenant, id, clock.now())
          .run()
      },
    },

    triggers: {
      async put(trigger: Omit<TriggerRecord, 'createdAt'>): Promise<TriggerRecord> {
        const createdAt = clock.now()
        const { meta } = await db
          .prepare(
            `INSERT INTO triggers (tenant_id, trigger_id, name, eval_id, scheme, sealed_secret, run_template, created_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM evals WHERE tenant_id = ?1 AND eval_id = ?4)`,
          )
          .bind(
            trigger.tenant,
            trigger.id,
            trigger.name,
            trigger.evalId,
            trigger.scheme,
            trigger.sealedSecret,
            JSON.stringify(trigger.run),
            createdAt,
          )
          .run()
        if (meta.changes === 0) throw new Fault({ kind: 'conflict', detail: `eval ${trigger.evalId} was deleted meanwhile` })
        triggerIds.forget()
        return { ...trigger, createdAt }
      },
      list: async (tenant: string, of: Page) => (await page<TriggerRow>('triggers', 'trigger_id', tenant, of)).map(triggerOf),
      async delete(tenant: string, id: string): Promise<void> {
        const [removed] = await db.batch([
          db.prepare(`DELETE FROM triggers WHERE tenant_id = ?1 AND trigger_id = ?2`).bind(tenant, id),
          db.prepare(`DELETE FROM trigger_deliveries WHERE tenant_id = ?1 AND trigger_id = ?2`).bind(tenant, id),
        ])
        if (removed!.meta.changes === 0) throw missing('trigger', id)
      },
      /** By id alone: a delivery carries no key, its signature is what is checked. */
      async findAnywhere(id: string): Promise<TriggerRecord> {
        const row = await db.prepare(`SELECT * FROM triggers WHERE trigger_id = ?1`).bind(id).first<TriggerRow>()
        if (row === null) throw missing('trigger', id)
        return triggerOf(row)
      },
      mayExist: (id: string) => triggerIds.mayHave(id),
    },
  }
}

interface EvalRow {
  eval_id: string
  name: string | null
  data_source_config: string
  testing_criteria: string
  metadata: string | null
  created_at: number
}

const evalOf = (row: EvalRow): EvalRecord => ({
  id: row.eval_id,
  name: row.name,
  dataSourceConfig: JSON.parse(row.data_source_config) as EvalRecord['dataSourceConfig'],
  criteria: JSON.parse(row.testing_criteria) as ScorerSpec[],
  metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, string>),
  createdAt: row.created_at,
})

interface EndpointRow {
  name: string
  base_url: string
  secret_name: string | null
  timeout_ms: number
  max_attempts: number
  concurrency: number
  created_at: number
}

const endpointOf = (row: EndpointRow): EndpointRecord => ({
  name: row.name,
  baseUrl: row.base_url,
  secretName: row.secret_name,
  timeoutMs: row.timeout_ms,
  maxAttempts: row.max_attempts,
  concurrency: row.concurrency,
  createdAt: row.created_at,
})

interface WebhookTargetRow {
  endpoint_id: string
  url: string
  sealed_secret: string
  created_at: number
  disabled_at: number | null
}

const webhookTargetOf = (row: WebhookTargetRow): WebhookTarget => ({
  id: row.endpoint_id,
  url: row.url,
  sealedSecret: row.sealed_secret,
  createdAt: row.created_at,
  disabledAt: row.disabled_at,
})

interface TriggerRow {
  tenant_id: string
  trigger_id: string
  name: string
  eval_id: string
  scheme: TriggerRecord['scheme']
  sealed_secret: string
  run_template: string
  created_at: number
}

const triggerOf = (row: TriggerRow): TriggerRecord => ({
  tenant: row.tenant_id,
  id: row.trigger_id,
  name: row.name,
  evalId: row.eval_id,
  scheme: row.scheme,
  sealedSecret: row.sealed_secret,
  run: JSON.parse(row.run_template) as Record<string, unknown>,
  createdAt: row.created_at,
})
