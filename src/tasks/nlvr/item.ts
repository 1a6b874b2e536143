/**
 * A statement about one picture of three boxes, true or false.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

export const nlvrItem = z.object({
  task: z.literal('nlvr'),
  /** `sentence-set-order`, e.g. `1572-0-3`: the last is the order of the three boxes, from 0 to 5. */
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  sentence: z.string(),
  /** As in the file. */
  label: z.string(),
})

export type NlvrItem = z.infer<typeof nlvrItem>
