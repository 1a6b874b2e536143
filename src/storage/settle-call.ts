/**
 * Settling of a call of an endpoint, in the ledger of a run or of a key.
 * @module
 */
import type { CallSettlement } from '../contracts/endpoint-calls.ts'
import { type SqlValue, statement } from './named-statement.ts'

/** A table of calls, and the table of their sums. */
export interface LedgerTables {
  readonly calls: 'endpoint_calls' | 'direct_calls'
  /** SQL of the condition that names the call. */
  readonly call: string
  readonly sums: 'run_ledger' | 'direct_ledger'
  /** SQL of the condition that names its row of sums. */
  readonly row: string
}

export interface SettleStatements {
  /** Adds the call to the sums, while it is open. */
  readonly sums: D1PreparedStatement
  /** Closes the call. */
  readonly call: D1PreparedStatement
}

/**
 * An open call is settled once: its sums come first, since they ask whether it is open. What was held stays
 * held without a response, since the call may have been paid.
 * @param names - further values of the conditions
 */
export function settleStatements(
  db: D1Database,
  { calls, call, sums, row }: LedgerTables,
  settlement: CallSettlement,
  names: Readonly<Record<string, SqlValue>>,
): SettleStatements {
  const values = { ...settlement, unpaid: Number(settlement.unpaid), ...names }
  const isFree = `:state = 'settled' OR :unpaid`
  return {
    sums: statement(
      db,
      `UPDATE ${sums} SET settled = settled + (:state = 'settled'), unanswered = unanswered + (:state = 'unanswered'),
         prompt_tokens = prompt_tokens + :promptTokens, completion_tokens = completion_tokens + :completionTokens,
         cost_nano = cost_nano + :costNano,
         held_nano = held_nano - IIF(${isFree}, (SELECT held_nano FROM ${calls} WHERE ${call}), 0)
       WHERE ${row} AND EXISTS (SELECT 1 FROM ${calls} WHERE ${call} AND state = 'open')`,
      values,
    ),
    call: statement(
      db,
      `UPDATE ${calls} SET state = :state, status = :status, outcome = :outcome, prompt_tokens = :promptTokens,
         completion_tokens = :completionTokens, cost_nano = :costNano, ended_at = :now, held_nano = IIF(${isFree}, 0, held_nano)
       WHERE ${call} AND state = 'open'`,
      values,
    ),
  }
}
