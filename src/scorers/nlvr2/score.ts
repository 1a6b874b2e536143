/**
 * Whether a statement about pictures was judged as its label says.
 * @module
 */
import { z } from 'zod'
import type { Item } from '../../contracts/item.ts'
import type { ScorerSpec } from '../../contracts/scorer-spec.ts'
import { isReadable, nlvr2Correct } from '../../metrics/nlvr2.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'

type Statement = Item & { readonly label: string }

/** Columns of a verdict: right or wrong, and whether it was read from the probability of yes. */
export const VERDICT_COLUMNS = ['correct', 'by_probability'] as const

/** The way to read a verdict; absent: by the text. */
export const verdictMember = z
  .enum(['text', 'probability'])
  .optional()
  .describe(
    '`probability`: true if P(yes) / (P(yes) + P(no)) is at least 0.5, by the log-probabilities of the first token of a chat ' +
      'endpoint. Answers without them are read as texts, and the report counts them. Default: `text`.',
  )

type VerdictSpec = ScorerSpec & { readonly verdict?: 'text' | 'probability' | undefined }

export function scoreVerdict({ spec, item, output }: ScoreContext<VerdictSpec, Statement, 'text'>): ItemScore {
  const { text, unanswered, yesProbability } = output
  if (spec.verdict === 'probability' && yesProbability !== undefined) {
    const right = nlvr2Correct(String(yesProbability >= 0.5), item.label) ? 1 : 0
    return { status: 'scored', stats: [right, 1], score: right, details: { yes_probability: yesProbability } }
  }
  if (text === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no answer for this statement' }
  if (!isReadable(text))
    return { status: 'unscored', reason: `the answer is neither true nor false: ${JSON.stringify(text.slice(0, 40))}` }
  const correct = nlvr2Correct(text, item.label) ? 1 : 0
  return { status: 'scored', stats: [correct, 0], score: correct }
}
