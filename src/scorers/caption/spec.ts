/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

const type = z.literal('caption')
const meteor = z.enum(['none', 'exact', 'exact_stem'])

/**
 * COCO's caption metrics: BLEU-1 to 4, ROUGE-L, CIDEr-D with document frequencies of the planned selection,
 * and METEOR.
 */
export const captionSpec = z.strictObject({
  type,
  name: scorerName,
  meteor: meteor
    .default('exact_stem')
    .describe(
      'METEOR’s modules; `none` leaves METEOR out. Matching synonyms or paraphrases needs tables that a Worker does not have.',
    ),
})

/** Specifications stored before there was a choice have no METEOR. */
export const storedCaptionSpec = z.strictObject({ type, name: scorerName, meteor: meteor.default('none') })

export type CaptionSpec = z.output<typeof captionSpec>
