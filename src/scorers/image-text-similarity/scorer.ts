/**
 * The scorer of how well captions fit their picture (CLIPScore).
 * @module
 */
import { caption } from '../../tasks/caption/task.ts'
import { retrieval } from '../../tasks/retrieval/task.ts'
import type { Task } from '../../tasks/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateImageTextSimilarity, similarityStatistic } from './aggregate.ts'
import { COLUMNS, scorePairs } from './score.ts'
import { imageTextSimilaritySpec } from './spec.ts'

/** Captions of a caption dataset are its references, or those of another system that the run names. */
const TASKS: readonly Task[] = [retrieval, caption]

export const imageTextSimilarity = defineScorer({
  spec: imageTextSimilaritySpec,
  tasks: TASKS,
  requires: 'embeddings',
  columns: COLUMNS,
  earlierColumns: 4,
  statistics: (spec) => [similarityStatistic(spec)],
  score: ({ spec, output }) => scorePairs(spec, output),
  passes: (spec, [pairs, scoreSum]) => scoreSum! / pairs! >= spec.pass_threshold,
  aggregate: aggregateImageTextSimilarity,
})
