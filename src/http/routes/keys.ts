/**
 * `/v1/keys`: an administrator's keys for the tenant.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import type { KeyRecord } from '../../contracts/records.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { deleted, keyCreate, keyObject, keyQuery } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { requireAdmin } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { readQuery } from '../check.ts'

export function keyRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/keys',
    operationId: 'createKey',
    summary: 'Make a key; it is shown once',
    tag: 'keys',
    admin: true,
    json: keyCreate,
    response: keyObject,
    status: 201,
  })
  app.post('/v1/keys', async (context) => {
    const { tenant } = requireAdmin(context)
    const { name, role } = await readJson(context, keyCreate)
    const created = await context.env.services.keys.create(tenant, name, role)
    return context.json({ ...shape(created), key: created.key }, 201)
  })

  describe(app, {
    method: 'get',
    path: '/v1/keys',
    operationId: 'listKeys',
    summary: 'List keys',
    tag: 'keys',
    admin: true,
    query: keyQuery,
    response: listOf(keyObject),
  })
  app.get('/v1/keys', async (context) => {
    const { tenant } = requireAdmin(context)
    const query = readQuery(context, keyQuery)
    return context.json(
      await listPage(query.limit, (limit) => context.env.services.keys.list(tenant, { ...query, limit }), shape),
    )
  })

  describe(app, {
    method: 'delete',
    path: '/v1/keys/{id}',
    operationId: 'revokeKey',
    summary: 'Revoke a key',
    tag: 'keys',
    refuses: [404, 409],
    admin: true,
    response: deleted,
  })
  app.delete('/v1/keys/:id', async (context) => {
    const { tenant, keyId } = requireAdmin(context)
    const id = context.req.param('id')
    if (id === keyId) throw new Fault({ kind: 'conflict', detail: 'a key cannot revoke itself; use another administrator’s key' })
    await context.env.services.keys.revoke(tenant, id)
    return context.json({ object: 'key.deleted', id, deleted: true })
  })
}

function shape({ id, name, role, createdAt }: KeyRecord) {
  return { object: 'key' as const, id, name, role, created_at: Math.floor(createdAt / 1000) }
}
