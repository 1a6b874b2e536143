/**
 * The scorer of image–text retrieval.
 * @module
 */
import { CAPTIONS_PER_IMAGE } from '../../metrics/retrieval.ts'
import { retrieval as retrievalTask } from '../../tasks/retrieval/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateRetrieval, compareRetrieval, retrievalStatistics } from './aggregate.ts'
import { readLateRanks } from './late-ranks.ts'
import { COLUMNS, countCaptions } from './score.ts'
import { retrievalSpec } from './spec.ts'

export const retrieval = defineScorer({
  spec: retrievalSpec,
  tasks: [retrievalTask],
  requires: 'embeddings',
  columns: COLUMNS,
  earlierColumns: 2,
  keepsOutputs: true,
  textsKept: CAPTIONS_PER_IMAGE,
  statistics: retrievalStatistics,
  score: ({ output }) => countCaptions(output),
  passes: () => false,
  late: { pending: 'ranks are known once the run has been merged', read: readLateRanks },
  aggregate: aggregateRetrieval,
  compare: compareRetrieval,
})
