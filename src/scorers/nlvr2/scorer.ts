/**
 * The scorer of verdicts on statements about two pictures.
 * @module
 */
import { nlvr2 as nlvr2Task } from '../../tasks/nlvr2/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateNlvr2, compareConsistency, NLVR2_STATISTICS } from './aggregate.ts'
import { scoreVerdict, VERDICT_COLUMNS } from './score.ts'
import { nlvr2Spec } from './spec.ts'

export const nlvr2 = defineScorer({
  spec: nlvr2Spec,
  tasks: [nlvr2Task],
  requires: 'text',
  columns: VERDICT_COLUMNS,
  earlierColumns: 1,
  statistics: () => [NLVR2_STATISTICS.accuracy, NLVR2_STATISTICS.consistency],
  score: scoreVerdict,
  passes: (_spec, [correct]) => correct === 1,
  aggregate: aggregateNlvr2,
  compare: (_spec, input) => compareConsistency(input, NLVR2_STATISTICS),
})
