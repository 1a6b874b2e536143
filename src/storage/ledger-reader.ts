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

    async ofKey(tenant, key) {
      const sums = SUMS.map((column) => `TOTAL(${column}) AS ${column}`).join(', ')
      const of = (table: string, kind: string) =>
        `SELECT '${kind}' AS kind, ${SUMS.join(', ')} FROM ${table} WHERE tenant_id = :tenant AND key_id = :key`
      const row = await statement(
        db,
        `SELECT TOTAL(kind = 'run') AS runs, TOTAL(IIF(kind = 'direct', intents, 0)) AS direct_intents, COUNT(*) AS found,
           EXISTS (SELECT 1 FROM api_keys WHERE tenant_id = :tenant AND key_id = :key) AS known, ${sums}
         FROM (${of('run_ledger', 'run')} UNION ALL ${of('direct_ledger', 'direct')})`,
        { tenant, key },
      ).first<Pick<LedgerRow, (typeof SUMS)[number]> & { runs: number; direct_intents: number; found: number; known: number }>()
      if (row === null || (row.found === 0 && row.known === 0)) return null
      return { runs: row.runs, directIntents: row.direct_intents, ...sumsOf(row) }
    },

    async callsOf(tenant, run, prefixes) {
      const { results } = await statement(
        db,
        `SELECT call_id, answer_key, state, status, outcome, held_nano, ended_at
         FROM json_each(:prefixes) AS prefix CROSS JOIN endpoint_calls
         WHERE tenant_id = :tenant AND run_id = :run AND call_id >= prefix.value AND call_id < prefix.value || '~'
         ORDER BY call_id`,
        { tenant, run, prefixes: JSON.stringify(prefixes) },
      ).all<CallRow & { answer_key: string }>()
      return results.map((row) => ({
        call: row.call_id,
        answerKey: row.answer_key,
        state: row.state,
        status: row.status,
        outcome: row.outcome,
        heldNano: row.held_nano,
        endedAt: row.ended_at,
      }))
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
  ...sumsOf(row),
})

const SUMS = ['intents', 'settled', 'unanswered', 'prompt_tokens', 'completion_tokens', 'cost_nano', 'held_nano'] as const

const sumsOf = (row: Pick<LedgerRow, (typeof SUMS)[number]>) => ({
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
