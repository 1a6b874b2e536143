/**
 * Sums of the tokens that endpoints report.
 * @module
 */
import type { TokenUsage } from './model.ts'

/** Zeros for no usage at all. */
export function sumTokens(usage: readonly TokenUsage[]): TokenUsage {
  const total = (key: keyof TokenUsage) => usage.reduce((sum, one) => sum + one[key], 0)
  return {
    prompt_tokens: total('prompt_tokens'),
    completion_tokens: total('completion_tokens'),
    total_tokens: total('total_tokens'),
  }
}
