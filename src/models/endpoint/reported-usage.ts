/**
 * Tokens as an endpoint reports them. Some servers leave out the sum or, for embeddings, the completion.
 * @module
 */
import { z } from 'zod'
import type { TokenUsage } from '../../contracts/model.ts'

const tokens = z.int().nonnegative()

/** Evidence, not a score: malformed usage is dropped and the answer kept. */
export const reportedUsage = z
  .object({ prompt_tokens: tokens, completion_tokens: tokens.nullish(), total_tokens: tokens.nullish() })
  .transform(({ prompt_tokens, completion_tokens, total_tokens }): TokenUsage => {
    const completion = completion_tokens ?? Math.max(0, (total_tokens ?? prompt_tokens) - prompt_tokens)
    return { prompt_tokens, completion_tokens: completion, total_tokens: total_tokens ?? prompt_tokens + completion }
  })
  .nullish()
  .catch(null)
