/**
 * Accuracy over questions, by category; with circular consistency also over all rotations of the options.
 * @module
 */
import type { ScorerReport } from '../../contracts/report.ts'
import { multipleChoiceMetric } from '../../metrics/multiple-choice.ts'
import { letterOf } from '../../tasks/multiple-choice/item.ts'
import { type AggregateInput, scoredRows } from '../aggregate-input.ts'
import { measure, measureSlices, type Statistic } from '../statistic.ts'
import type { MultipleChoiceSpec } from './spec.ts'

const [RIGHT, RIGHT_IN_ALL, SAME_IN_ALL, ANSWER, CHOSEN] = [0, 1, 2, 3, 4] as const

const share = (metric: string, column: number, isListed: boolean): Statistic => ({
  metric,
  variant: metric === 'accuracy' ? 'first-order' : 'all-rotations',
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  definition: multipleChoiceMetric,
  isListed,
  value: { kind: 'mean', column, range: [0, 1], data: 'binary' },
})

const accuracy = share('accuracy', RIGHT, true)
const CIRCULAR: readonly Statistic[] = [
  share('circular_accuracy', RIGHT_IN_ALL, true),
  { ...accuracy, isListed: false },
  share('circular_consistency', SAME_IN_ALL, false),
]

export const statisticsOf = ({ circular }: MultipleChoiceSpec): readonly Statistic[] => (circular ? CIRCULAR : [accuracy])

export function aggregateChoices(spec: MultipleChoiceSpec, input: AggregateInput): ScorerReport {
  const [primary, ...others] = statisticsOf(spec)
  const unanswered = input.rows.filter(({ status }) => status === 'unscored').length
  const scored = scoredRows(input.rows)
  const column = spec.circular ? RIGHT_IN_ALL : RIGHT
  const right = scored.filter(({ stats }) => stats[column] === 1).length
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: primary!.metric,
    metrics: [primary!, ...others].map((statistic) => measure(statistic, input)).concat(measureSlices(primary!, input)),
    details: {
      by_letter: countByLetter(input),
      ...(unanswered > 0 && { unanswered, [`${primary!.metric}_with_unanswered_wrong`]: right / (scored.length + unanswered) }),
    },
  }
}

/** How often each letter is the right one, and is chosen in the question's own order: a bias is seen here. */
function countByLetter({ rows }: AggregateInput) {
  const scored = scoredRows(rows)
  const last = scored.reduce((most, { stats }) => Math.max(most, stats[ANSWER]!, stats[CHOSEN]!), -1)
  return Array.from({ length: last + 1 }, (_, place) => ({
    letter: letterOf(place),
    right: scored.filter(({ stats }) => stats[ANSWER] === place).length,
    chosen: scored.filter(({ stats }) => stats[CHOSEN] === place).length,
  }))
}
