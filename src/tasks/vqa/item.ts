/**
 * A question about a picture, with its human answers.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

export const vqaItem = z.object({
  task: z.literal('vqa'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  question: z.string(),
  question_type: z.string(),
  answer_type: z.string(),
  /** Ten in VQA v2. */
  answers: z.array(z.string()).min(1),
})

export type VqaItem = z.infer<typeof vqaItem>
