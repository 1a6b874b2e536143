/**
 * Accuracy of choices among options, and whether a choice holds when the options are rotated.
 *
 * Liu et al., "MMBench: Is Your Multi-modal Model an All-around Player?", ECCV 2024, section 4.1
 * (CircularEval): a question with n options is asked n times, and is right if every answer is.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

export const multipleChoiceMetric: MetricDescriptor = {
  name: 'multiple_choice',
  variants: ['accuracy', 'circular_accuracy', 'circular_consistency'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: {
    paper: 'Liu et al., ECCV 2024 (CircularEval)',
    code: 'open-compass/VLMEvalKit vlmeval/dataset/utils/multiple_choice.py',
  },
}

/** The judgement of a question that was asked once per rotation of its options. */
export interface CircularJudgement {
  /** The first answer is right. */
  readonly right: boolean
  /** Every answer is right. */
  readonly rightInAll: boolean
  /** Every answer is the same option, right or wrong. */
  readonly sameInAll: boolean
}

/**
 * @param chosen - the option chosen in each rotation, as its place in the question's own order; at least one
 * @param right - place of the right option
 */
export function judgeCircular(chosen: readonly number[], right: number): CircularJudgement {
  return {
    right: chosen[0] === right,
    rightInAll: chosen.every((place) => place === right),
    sameInAll: chosen.every((place) => place === chosen[0]),
  }
}
