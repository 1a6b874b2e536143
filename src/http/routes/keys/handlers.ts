/**
 * `/v1/keys`: an administrator's keys for the tenant.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { KeyRecord } from '../../../contracts/records.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createKey, listKeys, revokeKey } from './operations.ts'

export const keyRoutes = [
  route(createKey, async ({ services, principal, readJson, answer }) => {
    const { name, role } = await readJson()
    const created = await services.keys.create(principal.tenant, name, role)
    return answer(201, { ...keyShape(created), key: created.key })
  }),

  route(listKeys, async ({ services, principal, query, answer }) =>
    answer(200, await listPage(query.limit, (limit) => services.keys.list(principal.tenant, { ...query, limit }), keyShape)),
  ),

  route(revokeKey, async ({ services, principal, params: { id }, answer }) => {
    if (id === principal.keyId)
      throw new Fault({ kind: 'conflict', detail: 'a key cannot revoke itself; use another administrator’s key' })
    await services.keys.revoke(principal.tenant, id)
    return answer(200, { object: 'key.deleted', id, deleted: true })
  }),
]

function keyShape({ id, name, role, createdAt }: KeyRecord) {
  return { object: 'key' as const, id, name, role, created_at: unixSeconds(createdAt) }
}
