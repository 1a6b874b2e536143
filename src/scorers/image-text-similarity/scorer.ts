/**
 * The scorer of how well captions fit their picture (CLIPScore).
 * @module
 */
import { retrieval } from '../../tasks/retrieval/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateImageTextSimilarity, similarityStatistic } from './aggregate.ts'
import { COLUMNS, scorePairs } from './score.ts'
import { imageTextSimilaritySpec } from './spec.ts'

export const imageTextSimilarity = defineScorer({
  spec: imageTextSimilaritySpec,
  tasks: [retrieval],
  requires: 'embeddings',
  columns: COLUMNS,
  earlierColumns: 4,
  statistics: (spec) => [similarityStatistic(spec)],
  score: ({ spec, output }) => scorePairs(spec, output),
  passes: (spec, [pairs, scoreSum]) => scoreSum! / pairs! >= spec.pass_threshold,
  aggregate: aggregateImageTextSimilarity,
})
