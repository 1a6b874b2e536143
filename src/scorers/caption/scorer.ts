/**
 * The scorer of captions.
 * @module
 */
import { caption as captionTask } from '../../tasks/caption/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateCaption } from './aggregate.ts'
import { compareCaptions } from './compare.ts'
import { scoreCaption } from './score.ts'
import { captionSpec, storedCaptionSpec } from './spec.ts'
import { captionStatistics } from './statistics.ts'

export const caption = defineScorer({
  spec: captionSpec,
  storedSpec: storedCaptionSpec,
  tasks: [captionTask],
  requires: 'text',
  columns: [],
  // Once a column that was always 1.
  earlierColumns: 1,
  keepsOutputs: true,
  statistics: captionStatistics,
  score: scoreCaption,
  passes: () => true,
  aggregate: aggregateCaption,
  compare: compareCaptions,
})
