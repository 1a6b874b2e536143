/**
 * One question: whether the right option is chosen, once or in every rotation of the options.
 * @module
 */
import { judgeCircular } from '../../metrics/multiple-choice.ts'
import { letterOf, type MultipleChoiceItem } from '../../tasks/multiple-choice/item.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'
import type { MultipleChoiceSpec } from './spec.ts'

/**
 * Whether the first answer is right, whether all are, and whether all are the same option; then the places of
 * the right option and of the one chosen first. A question that is asked once has one answer.
 */
export const COLUMNS = ['right', 'right_in_all', 'same_in_all', 'answer', 'chosen'] as const

export function scoreChoice({
  spec,
  item,
  output,
}: ScoreContext<MultipleChoiceSpec, MultipleChoiceItem, 'labels' | 'rotations'>): ItemScore {
  const chosen = output.kind === 'rotations' ? output.chosen : (output.ranked?.slice(0, 1).map(({ index }) => index) ?? null)
  if (chosen === null) return { status: 'unscored', reason: output.unanswered ?? 'the subject has no answer to this question' }
  const { right, rightInAll, sameInAll } = judgeCircular(chosen, item.answer)
  const score = spec.circular ? rightInAll : right
  return {
    status: 'scored',
    stats: [Number(right), Number(rightInAll), Number(sameInAll), item.answer, chosen[0]!],
    score: Number(score),
    details: { answer: letterOf(item.answer), chosen: chosen.map(letterOf) },
  }
}
