/**
 * The ledger of endpoint calls outside runs, over D1. An intent is admitted only while one more call fits the
 * day's budget of its endpoint, within the transaction that writes it. So concurrent calls cannot exceed the
 * budget together.
 * @module
 */
import type { DirectLedger, DirectPayer } from '../contracts/endpoint-calls.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import { type LedgerTables, settleStatements } from './settle-call.ts'

const CALL = 'tenant_id = :tenant AND call_id = :call'
const TABLES: LedgerTables = {
  calls: 'direct_calls',
  call: CALL,
  sums: 'direct_ledger',
  row: `tenant_id = :tenant AND endpoint = :endpoint AND key_id = :keyId AND day = (SELECT day FROM direct_calls WHERE ${CALL})`,
}
const ofToday = (sums: string) =>
  `(SELECT ${sums} FROM direct_ledger WHERE tenant_id = :tenant AND endpoint = :endpoint AND day = :day)`
const WITHIN_BUDGET = `(:maxRequests IS NULL OR ${ofToday('TOTAL(intents)')} < :maxRequests)
  AND (:maxCostNano IS NULL OR ${ofToday('TOTAL(cost_nano) + TOTAL(held_nano)')} + :heldNano <= :maxCostNano)`

export function createDirectLedger(db: D1Database, clock: Clock, { keyId, endpoint, budget }: DirectPayer): DirectLedger {
  return {
    async begin({ tenant, call, heldNano }) {
      const now = clock.now()
      const day = new Date(now).toISOString().slice(0, 10)
      const values = { tenant, call, heldNano, keyId, endpoint, day, now, ...budget }
      const [inserted] = await db.batch([
        statement(
          db,
          `INSERT INTO direct_calls (tenant_id, call_id, key_id, endpoint, day, state, held_nano, begun_at)
           SELECT :tenant, :call, :keyId, :endpoint, :day, 'open', :heldNano, :now WHERE ${WITHIN_BUDGET}`,
          values,
        ),
        statement(
          db,
          `INSERT INTO direct_ledger (tenant_id, endpoint, day, key_id, intents, held_nano)
           SELECT :tenant, :endpoint, :day, :keyId, 1, :heldNano WHERE EXISTS (SELECT 1 FROM direct_calls WHERE ${CALL})
           ON CONFLICT DO UPDATE SET intents = intents + 1, held_nano = held_nano + excluded.held_nano`,
          values,
        ),
      ])
      return inserted!.meta.changes === 1 ? 'admitted' : 'over_budget'
    },

    // No answer is kept, so none is listed.
    unlist: async () => {},

    async settle(settlement) {
      const { sums, call } = settleStatements(db, TABLES, settlement, { keyId, endpoint, now: clock.now() })
      await db.batch([sums, call])
    },
  }
}
