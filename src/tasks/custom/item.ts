/**
 * An item of the user's own shape, as OpenAI's Evals have it: `item` is any JSON object, `sample` a model's
 * output that came with it.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

const jsonObject = z.record(z.string(), z.unknown())

export const customItem = z.object({
  task: z.literal('custom'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  /** The user's members. Templates read them as `{{item.…}}`. */
  item: jsonObject,
  /** Absent unless the data source has samples. */
  sample: jsonObject.optional(),
  /** Place in its source, from 0. */
  position: z.int().nonnegative().optional(),
})

export type CustomItem = z.infer<typeof customItem>
