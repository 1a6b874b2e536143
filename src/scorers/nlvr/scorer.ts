/**
 * The scorer of verdicts on NLVR's statements: accuracy over all pictures, and consistency over sentences.
 * The official rule is NLVR2's with other groups: a sentence is consistent if all its pictures are right.
 *
 * Source: lil-lab/nlvr @56f4bc8 `nlvr/metrics_images.py`, which calls accuracy precision.
 * @module
 */
import { nlvrMetric } from '../../metrics/nlvr2.ts'
import { nlvr as nlvrTask } from '../../tasks/nlvr/task.ts'
import { aggregateVerdicts, compareConsistency, verdictStatistics } from '../nlvr2/aggregate.ts'
import { scoreVerdict, VERDICT_COLUMNS } from '../nlvr2/score.ts'
import { defineScorer } from '../scorer.ts'
import { nlvrSpec } from './spec.ts'

const STATISTICS = verdictStatistics('nlvr-2017', nlvrMetric)

export const nlvr = defineScorer({
  spec: nlvrSpec,
  tasks: [nlvrTask],
  requires: 'text',
  columns: VERDICT_COLUMNS,
  earlierColumns: 1,
  statistics: () => [STATISTICS.accuracy, STATISTICS.consistency],
  score: scoreVerdict,
  passes: (_spec, [correct]) => correct === 1,
  aggregate: (spec, input) => aggregateVerdicts(spec, input, STATISTICS),
  compare: (_spec, input) => compareConsistency(input, STATISTICS),
})
