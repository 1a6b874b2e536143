/**
 * The ledger of endpoint calls, read from D1.
 * @module
 */
import type { AnswerCache, LedgerCall, LedgerReader, LedgerTotals } from '../contracts/endpoint-calls.ts'
import { statement } from './named-statement.ts'
import { pageClause, pageValues } from './page.ts'

interface LedgerRow {
  run_id: string
  paused_until: number | null
  pause_reason: string | null
  key_id: string | null
  answers_of: string
  answer_cache: AnswerCache
  max_requests: number | null
  max_cost_nano: number | null
  intents: number
  settled: number
  unanswered: number
  prompt_tokens: number
  completion_tokens: number
  cost_nano: number
  held_nano: number
}

interface CallRow {
  call_id: string
  item_id: string
  state: LedgerCall['state']
  status: number | null
  outcome: string | null
  prompt_tokens: number
  completion_tokens: number
  cost_nano: number
  held_nano: number
  begun_at: number
  ended_at: number | null
}

export function createLedgerReader(db: D1Database): LedgerReader {
  return {
    async settings(tenant, run) {
      const sql = `SELECT * FROM run_ledger WHERE tenant_id = :tenant AND run_id = :run`
      const row = await statement(db, sql, { tenant, run }).first<LedgerRow>()
      return (
        row && {
          cache: row.answer_cache,
          answersOf: row.answers_of,
          maxRequests: row.max_requests,
          maxCostNano: row.max_cost_nano,
        }
      )
    },

    async totals(tenant, runs) {
      const { results } = await statement(
        db,
        `SELECT * FROM run_ledger WHERE tenant_id = :tenant AND run_id IN (SELECT value FROM json_each(:runs))`,
        { tenant, runs: JSON.stringify(runs) },
      ).all<LedgerRow>()
      return new Map(results.map((row) => [row.run_id, totalsOf(row)]))
    },

    async calls(tenant, run, page) {
      const ascending = { ...page, order: 'asc' } as const
      const { results } = await statement(
        db,
        `SELECT * FROM endpoint_calls WHERE tenant_id = :tenant AND run_id = :run ${pageClause('call_id', ascending)}`,
        { tenant, run, ...pageValues(ascending) },
      ).all<CallRow>()
      return results.map(callOf)
    },
  }
}

const totalsOf = (row: LedgerRow): LedgerTotals => ({
  pause: row.paused_until === null ? null : { until: row.paused_until, reason: row.pause_reason ?? '' },
  keyId: row.key_id,
  answersOf: row.answers_of,
  intents: row.intents,
  settled: row.settled,
  unanswered: row.unanswered,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  costNano: row.cost_nano,
  heldNano: row.held_nano,
})

const callOf = (row: CallRow): LedgerCall => ({
  call: row.call_id,
  item: row.item_id,
  state: row.state,
  status: row.status,
  outcome: row.outcome,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  costNano: row.cost_nano,
  heldNano: row.held_nano,
  begunAt: row.begun_at,
  endedAt: row.ended_at,
})
