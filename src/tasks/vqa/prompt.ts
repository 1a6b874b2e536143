/**
 * The prompt of a VQA question.
 * @module
 */
import { readShortAnswer } from '../answers/reader.ts'
import { createPrompt } from '../prompt.ts'
import type { VqaItem } from './item.ts'

/**
 * Asks for short answers, like those of VQA v2's annotators. The wording is that of LLaVA-1.5's VQA v2
 * evaluation (Liu et al., "Improved Baselines with Visual Instruction Tuning", 2023, table 7), which many
 * later evaluations of models use.
 */
export const vqaPrompt = createPrompt<VqaItem>({
  template: '{{item.question}}\nAnswer the question using a single word or phrase.',
  name: 'item.question',
  question: ({ question }) => question,
  pictures: 1,
  read: readShortAnswer,
})
