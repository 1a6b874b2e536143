/**
 * Sums of a ledger in their wire shape.
 * @module
 */
import { dollars } from '../../../contracts/call-cost.ts'
import type { KeyLedger } from '../../../contracts/endpoint-calls.ts'

export function ledgerSumsShape(sums: Omit<KeyLedger, 'runs' | 'directIntents'>) {
  const { intents, settled, unanswered, promptTokens, completionTokens, costNano, heldNano } = sums
  return {
    requests: { intents, settled, unanswered, open: intents - settled - unanswered },
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    cost_usd: dollars(costNano),
    held_usd: dollars(heldNano),
  }
}
