/**
 * Wire shapes of estimates and ledgers.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { listOf, orNull, pageQueryOf } from '../../../contracts/wire/common.ts'

const range = z.object({
  least: z.number().describe('Each request succeeds at once.'),
  worst_case: z.number().describe('Each request takes every attempt, and each attempt is paid for.'),
})

export const runEstimate = z
  .object({
    object: z.literal('eval.run.estimate'),
    items: z.int(),
    requests: range.describe('Requests to the endpoint. Stored answers make them fewer.'),
    prompt_tokens_per_request: z.int().describe('Assumed, pictures included.'),
    completion_tokens_per_request: z.int().nullable().describe('Most of an answer; null: the run does not limit it.'),
    cost_usd: orNull(range).describe('US dollars, at the most that each request may cost; null: the endpoint has no price.'),
  })
  .openapi('RunEstimate')

const ledgerCall = z.object({
  object: z.literal('eval.run.call'),
  id: z.string(),
  item_id: z.string(),
  state: z
    .enum(['open', 'settled', 'unanswered'])
    .describe('`open`: in flight, or its consumer died. `unanswered`: no response.'),
  status: z.int().nullable().describe('HTTP status of the response.'),
  outcome: z.string().nullable().describe('`answered`, or the code of the failure.'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cost_usd: z.number(),
  held_usd: z.number().describe('Most that it may have cost, until it is settled.'),
  begun_at: z.number().describe('Unix seconds.'),
  ended_at: z.number().nullable().describe('Unix seconds.'),
})

/** Sums of calls: of a run, or of all runs of a key. */
export const ledgerSums = {
  requests: z
    .object({
      intents: z.int().describe('Written before each request.'),
      settled: z.int().describe('With a response.'),
      unanswered: z.int().describe('Without one: timed out, or the connection failed.'),
      open: z.int().describe('In flight, or of a consumer that died.'),
    })
    .describe('Stored answers take no request.'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cost_usd: z.number().describe('Of settled calls.'),
  held_usd: z.number().describe('Most that open and unanswered calls may have cost.'),
}

export const runLedger = z
  .object({
    object: z.literal('eval.run.ledger'),
    run_id: z.string(),
    key_id: z.string().nullable().describe('The key that started the run; null: a trigger did.'),
    answers_of: z.string().describe('The run whose stored answers it reads: itself, or the run that it retries.'),
    cache: z.enum(['auto', 'on', 'off']),
    budget: z.object({ max_requests: z.int().nullable(), max_cost_usd: z.number().nullable() }),
    ...ledgerSums,
    calls: listOf(ledgerCall),
  })
  .openapi('RunLedger')

export const ledgerQuery = pageQueryOf(/^[0-9a-f]{32}(-[0-9]{5})?$/).omit({ order: true })
