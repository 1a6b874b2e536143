/**
 * Whether a statement about two pictures was judged as its label says.
 * @module
 */
import type { Nlvr2Item } from '../../tasks/nlvr2/item.ts'
import { isReadable, nlvr2Correct } from '../../metrics/nlvr2.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'
import type { Nlvr2Spec } from './spec.ts'

export function scoreVerdict({ item, output: { text } }: ScoreContext<Nlvr2Spec, Nlvr2Item, 'text'>): ItemScore {
  if (text === null) return { status: 'unscored', reason: 'the subject has no answer for this statement' }
  if (!isReadable(text))
    return { status: 'unscored', reason: `the answer is neither true nor false: ${JSON.stringify(text.slice(0, 40))}` }
  const correct = nlvr2Correct(text, item.label) ? 1 : 0
  return { status: 'scored', stats: [correct], score: correct }
}
