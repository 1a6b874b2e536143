/**
 * The scorer of how probably captions fit their picture (VQAScore): the mean over pairs, images as clusters.
 * @module
 */
import type { ScorerReport } from '../../contracts/report.ts'
import { vqaScoreMetric } from '../../metrics/vqa-score.ts'
import { retrieval } from '../../tasks/retrieval/task.ts'
import { type AggregateInput, scoredRows } from '../aggregate-input.ts'
import { defineScorer } from '../scorer.ts'
import { measure, type Statistic } from '../statistic.ts'
import { vqaScoreSpec } from './spec.ts'

const STATISTIC: Statistic = {
  metric: vqaScoreMetric.name,
  variant: 'p-yes-of-yes-and-no',
  direction: vqaScoreMetric.direction,
  range: [0, 1],
  unit: vqaScoreMetric.unit,
  definition: vqaScoreMetric,
  isListed: true,
  value: { kind: 'ratio', of: 1, per: 0, range: [0, 1] },
}

export const vqaScore = defineScorer({
  spec: vqaScoreSpec,
  tasks: [retrieval],
  requires: 'probabilities',
  /** Pairs, the sum of their scores, and the pairs whose answer was read as a text. */
  columns: ['pairs', 'score_sum', 'by_text'],
  statistics: () => [STATISTIC],
  score({ output: { texts, unanswered } }) {
    if (texts === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no answer for this picture' }
    const sum = texts.reduce((total, { probability }) => total + probability, 0)
    const byText = texts.filter((text) => text.byText).length
    const pairs = texts.map(({ probability }) => probability)
    return {
      status: 'scored',
      stats: [texts.length, sum, byText],
      score: sum / texts.length,
      details: { pairs, by_text: byText },
    }
  },
  passes: ({ pass_threshold }, [pairs, sum]) => sum! / pairs! >= pass_threshold,
  aggregate: ({ name, type }, input: AggregateInput): ScorerReport => {
    const byText = scoredRows(input.rows).reduce((total, { stats }) => total + stats[2]!, 0)
    return {
      name,
      type,
      primary_metric: STATISTIC.metric,
      metrics: [measure(STATISTIC, input)],
      details: { pairs_by_text: byText },
    }
  },
})
