/**
 * Whether a statement about pictures was judged as its label says.
 * @module
 */
import type { Item } from '../../contracts/item.ts'
import type { ScorerSpec } from '../../contracts/scorer-spec.ts'
import { isReadable, nlvr2Correct } from '../../metrics/nlvr2.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'

type Statement = Item & { readonly label: string }

export function scoreVerdict({ item, output }: ScoreContext<ScorerSpec, Statement, 'text'>): ItemScore {
  const { text, unanswered } = output
  if (text === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no answer for this statement' }
  if (!isReadable(text))
    return { status: 'unscored', reason: `the answer is neither true nor false: ${JSON.stringify(text.slice(0, 40))}` }
  const correct = nlvr2Correct(text, item.label) ? 1 : 0
  return { status: 'scored', stats: [correct], score: correct }
}
