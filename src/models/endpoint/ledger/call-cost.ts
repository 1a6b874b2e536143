/**
 * Cost of calls, in billionths of a US dollar (integers, so that sums are exact).
 * @module
 */
import type { TokenUsage } from '../../../contracts/model.ts'

export interface CallPrice {
  /** US dollars per million tokens; 0: free, or unknown. */
  readonly promptPerMillion: number
  readonly completionPerMillion: number
  /** Assumed tokens of a prompt, pictures included, until an answer says more. */
  readonly promptTokensPerRequest: number
}

/** An endpoint without a price. */
export const FREE: CallPrice = { promptPerMillion: 0, completionPerMillion: 0, promptTokensPerRequest: 0 }

/** A dollar per million tokens is a thousand billionths per token. */
const NANO_PER_TOKEN = 1000

export function costNano(price: CallPrice, usage: Pick<TokenUsage, 'prompt_tokens' | 'completion_tokens'> | null): number {
  if (usage === null) return 0
  const { promptPerMillion, completionPerMillion } = price
  return Math.ceil(NANO_PER_TOKEN * (promptPerMillion * usage.prompt_tokens + completionPerMillion * usage.completion_tokens))
}

/** Assumed tokens of an answer without a stated limit: the largest limit that a run may state. */
const UNLIMITED_COMPLETION_TOKENS = 4096

/** The most that one call is assumed to cost. */
export function heldNano(price: CallPrice, promptTokens: number, maxCompletionTokens: number | null): number {
  return costNano(price, {
    prompt_tokens: promptTokens,
    completion_tokens: maxCompletionTokens ?? UNLIMITED_COMPLETION_TOKENS,
  })
}
