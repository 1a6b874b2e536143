/**
 * P(yes) / (P(yes) + P(no)) of an answer, from the log-probabilities of its first token (Lin et al.,
 * "Evaluating Text-to-Visual Generation with Image-to-Text Generation", 2024, which calls it VQAScore).
 * @module
 */

import { exp } from '../../../statistics/elementary.ts'

export interface TokenProbability {
  readonly token: string
  /** Natural logarithm. */
  readonly logprob: number
}

const YES: ReadonlySet<string> = new Set(['yes', 'true'])
const NO: ReadonlySet<string> = new Set(['no', 'false'])

/**
 * @param tokens - the likeliest first tokens. Case, and the marks of tokenizers for a space, play no part.
 * @returns in [0, 1]; null if neither word is among them
 */
export function yesProbability(tokens: readonly TokenProbability[]): number | null {
  const massOf = (words: ReadonlySet<string>) =>
    tokens.filter(({ token }) => words.has(plain(token))).reduce((sum, { logprob }) => sum + exp(logprob), 0)
  const [yes, no] = [massOf(YES), massOf(NO)]
  const sum = yes + no
  return sum > 0 && Number.isFinite(sum) ? yes / sum : null
}

const plain = (token: string): string => token.replace(/^[\s\u0120\u2581]+|[\s.,!]+$/g, '').toLowerCase()
