/**
 * The scorer of choices among the options of a question.
 * @module
 */
import { multipleChoice as multipleChoiceTask } from '../../tasks/multiple-choice/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateChoices, statisticsOf } from './aggregate.ts'
import { COLUMNS, scoreChoice } from './score.ts'
import { multipleChoiceSpec } from './spec.ts'

export const multipleChoice = defineScorer({
  spec: multipleChoiceSpec,
  tasks: [multipleChoiceTask],
  requires: ({ circular }) => (circular ? 'rotations' : 'labels'),
  columns: COLUMNS,
  statistics: statisticsOf,
  score: scoreChoice,
  passes: ({ circular }, [right, rightInAll]) => (circular ? rightInAll : right) === 1,
  aggregate: aggregateChoices,
})
