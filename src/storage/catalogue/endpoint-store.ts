/**
 * Endpoints: external models, configured by an administrator.
 * @module
 */
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { type EndpointKind, endpointSettings } from '../../contracts/endpoint.ts'
import { Fault } from '../../contracts/failure.ts'
import type { Clock } from '../../contracts/ports.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { statement } from '../named-statement.ts'
import { pageOf } from '../page.ts'
import { IS_UNFINISHED } from '../runs/conditions.ts'
import { findRow, type NamedTable } from './rows.ts'

const ENDPOINTS: NamedTable = { table: 'endpoints', idColumn: 'name', resource: 'endpoint' }

interface EndpointRow {
  name: string
  base_url: string
  kind: string
  model: string | null
  settings: string
  secret_name: string | null
  timeout_ms: number
  max_attempts: number
  concurrency: number
  created_at: number
}

export function createEndpointStore(db: D1Database, clock: Clock): CatalogueStore['endpoints'] {
  const find = async (tenant: string, name: string) => endpointOf(await findRow<EndpointRow>(db, ENDPOINTS, tenant, name))
  return {
    find,

    async put(tenant, endpoint) {
      const now = clock.now()
      const { meta } = await statement(
        db,
        `INSERT INTO endpoints
           (tenant_id, name, base_url, kind, model, secret_name, timeout_ms, max_attempts, concurrency, settings, created_at)
         VALUES (:tenant, :name, :baseUrl, :kind, :model, :secretName, :timeoutMs, :maxAttempts, :concurrency, :settings, :now)
         ON CONFLICT DO NOTHING`,
        { ...endpoint, settings: JSON.stringify(endpoint.settings), tenant, now },
      ).run()
      if (meta.changes > 0) return { ...endpoint, createdAt: now }
      const detail = `an endpoint called ${endpoint.name} exists; delete it first or choose another name`
      throw new Fault({ kind: 'conflict', detail, pointer: '/name' })
    },

    list: async (tenant, page) => (await pageOf<EndpointRow>(db, 'endpoints', 'name', tenant, page)).map(endpointOf),

    async update(tenant, name, change) {
      const next = { ...(await find(tenant, name)), ...change }
      await statement(
        db,
        `UPDATE endpoints SET model = :model, secret_name = :secretName, timeout_ms = :timeoutMs, max_attempts = :maxAttempts,
                              concurrency = :concurrency, settings = :settings
         WHERE tenant_id = :tenant AND name = :name`,
        { ...next, settings: JSON.stringify(next.settings), tenant, name },
      ).run()
      return next
    },

    async delete(tenant, name) {
      await find(tenant, name)
      // The remaining items of a run in progress would become errored, and a batch could not be stopped.
      const { meta } = await statement(
        db,
        `DELETE FROM endpoints WHERE tenant_id = :tenant AND name = :name
           AND NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND queue = 'endpoint' AND ${IS_UNFINISHED}
                             AND (json_extract(spec, '$.subject.endpoint') = :name OR EXISTS (
                               SELECT 1 FROM json_each(spec, '$.graders') WHERE value ->> '$.model.endpoint' = :name)))`,
        { tenant, name },
      ).run()
      if (meta.changes > 0) return
      const detail = `endpoint ${name} is used by a run in progress, or by one whose batches or jobs are being stopped; cancel the run or wait for its end`
      throw new Fault({ kind: 'conflict', detail })
    },
  }
}

const endpointOf = (row: EndpointRow): EndpointRecord => ({
  name: row.name,
  baseUrl: row.base_url,
  kind: row.kind as EndpointKind,
  model: row.model,
  secretName: row.secret_name,
  timeoutMs: row.timeout_ms,
  maxAttempts: row.max_attempts,
  concurrency: row.concurrency,
  settings: endpointSettings.parse(JSON.parse(row.settings)),
  createdAt: row.created_at,
})
