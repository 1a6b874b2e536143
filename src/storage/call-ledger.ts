/**
 * The ledger of endpoint calls over D1. An intent is admitted only while the run is in progress and one more
 * call fits its budget, within the transaction that writes it. So concurrent calls cannot exceed the budget
 * together.
 * @module
 */
import type { Admission, CallLedger, CallSettlement } from '../contracts/endpoint-calls.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import { type LedgerTables, settleStatements } from './settle-call.ts'

const RUN = 'tenant_id = :tenant AND run_id = :run'
const CALL = `${RUN} AND call_id = :call`
const TABLES: LedgerTables = { calls: 'endpoint_calls', call: CALL, sums: 'run_ledger', row: RUN }
const ANSWERED =
  'EXISTS (SELECT 1 FROM endpoint_answers WHERE tenant_id = :tenant AND answer_key = :answerKey AND doomed_at IS NULL)'
const RUNS_ON = `EXISTS (SELECT 1 FROM runs WHERE ${RUN} AND status = 'in_progress')`
const WITHIN_BUDGET = `(max_requests IS NULL OR intents < max_requests)
  AND (max_cost_nano IS NULL OR cost_nano + held_nano + :heldNano <= max_cost_nano)`

export function createCallLedger(db: D1Database, clock: Clock): CallLedger {
  return {
    async begin(intent) {
      const values = { ...intent, now: clock.now() }
      const [inserted, , , found] = await db.batch<{ answered: number; runs_on: number }>([
        statement(
          db,
          `INSERT INTO endpoint_calls (tenant_id, run_id, call_id, item_id, answer_key, state, held_nano, begun_at)
           SELECT :tenant, :run, :call, :item, :answerKey, 'open', :heldNano, :now FROM run_ledger
           WHERE ${RUN} AND ${RUNS_ON} AND NOT ${ANSWERED} AND ${WITHIN_BUDGET}`,
          values,
        ),
        statement(
          db,
          `UPDATE run_ledger SET intents = intents + 1, held_nano = held_nano + :heldNano
           WHERE ${RUN} AND EXISTS (SELECT 1 FROM endpoint_calls WHERE ${CALL})`,
          values,
        ),
        // The sweep would delete the new answer with the old one.
        statement(
          db,
          `UPDATE endpoint_answers SET doomed_at = :now WHERE tenant_id = :tenant AND answer_key = :answerKey
             AND doomed_at IS NOT NULL AND EXISTS (SELECT 1 FROM endpoint_calls WHERE ${CALL})`,
          values,
        ),
        statement(db, `SELECT ${ANSWERED} AS answered, ${RUNS_ON} AS runs_on`, values),
      ])
      return inserted!.meta.changes === 1 ? 'admitted' : refusalOf(found!.results[0]!)
    },

    async unlist(tenant, answerKey) {
      await statement(
        db,
        `UPDATE endpoint_answers SET doomed_at = :now WHERE tenant_id = :tenant AND answer_key = :answerKey AND doomed_at IS NULL`,
        { tenant, answerKey, now: clock.now() },
      ).run()
    },

    async received(tenant, run, calls) {
      await statement(
        db,
        `UPDATE endpoint_calls SET outcome = 'received'
         WHERE ${RUN} AND state = 'open' AND call_id IN (SELECT value FROM json_each(:calls))`,
        { tenant, run, calls: JSON.stringify(calls) },
      ).run()
    },

    async settle(settlement) {
      const now = clock.now()
      const { sums, call } = settleStatements(db, TABLES, settlement, { now })
      const listed = settlement.answerBytes === null ? [] : [listAnswer(db, settlement, now)]
      await db.batch([sums, ...listed, call])
    },
  }
}

function refusalOf({ answered, runs_on }: { answered: number; runs_on: number }): Admission {
  if (runs_on !== 1) return 'run_ended'
  return answered === 1 ? 'answered' : 'over_budget'
}

function listAnswer(db: D1Database, { tenant, run, call, answerBytes }: CallSettlement, now: number): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO endpoint_answers (tenant_id, answer_key, run_id, bytes, created_at)
     SELECT tenant_id, answer_key, run_id, :answerBytes, :now FROM endpoint_calls WHERE ${CALL}
     ON CONFLICT DO UPDATE SET doomed_at = NULL, run_id = excluded.run_id, created_at = excluded.created_at WHERE doomed_at IS NOT NULL`,
    { tenant, run, call, answerBytes, now },
  )
}
