/**
 * `/v1/keys`: an administrator's keys for the tenant.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { KeyLedger } from '../../../contracts/endpoint-calls.ts'
import type { KeyRecord } from '../../../contracts/records.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { ledgerSumsShape } from '../runs/ledger-shape.ts'
import { createKey, getKeyLedger, listKeys, revokeKey } from './operations.ts'

const NOTHING_PAID: KeyLedger = {
  runs: 0,
  directIntents: 0,
  intents: 0,
  settled: 0,
  unanswered: 0,
  promptTokens: 0,
  completionTokens: 0,
  costNano: 0,
  heldNano: 0,
}

export const keyRoutes = [
  route(createKey, async ({ services, principal, readJson, answer }) => {
    const { name, role } = await readJson()
    const created = await services.keys.create(principal.tenant, name, role)
    return answer(201, { ...keyShape(created), key: created.key })
  }),

  route(listKeys, async ({ services, principal, query, answer }) =>
    answer(200, await listPage(query.limit, (limit) => services.keys.list(principal.tenant, { ...query, limit }), keyShape)),
  ),

  route(getKeyLedger, async ({ services, principal, params: { id }, answer }) => {
    const ledger = await services.ledgers.ofKey(principal.tenant, id)
    // The configured first key has no row of its own.
    if (ledger === null && id !== principal.keyId) throw new Fault({ kind: 'not_found', resource: 'key', id })
    const { runs, directIntents, ...sums } = ledger ?? NOTHING_PAID
    return answer(200, { object: 'key.ledger', key_id: id, runs, requests_outside_runs: directIntents, ...ledgerSumsShape(sums) })
  }),

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
