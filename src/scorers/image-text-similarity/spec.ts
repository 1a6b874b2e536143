/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** How well each caption of an item fits its picture, from embeddings of one model. */
export const imageTextSimilaritySpec = z.strictObject({
  type: z.literal('image_text_similarity'),
  name: scorerName,
  variant: z
    .enum(['clipscore-2.5', 'torchmetrics-100', 'cosine'])
    .default('clipscore-2.5')
    .describe(
      '`clipscore-2.5`: 2.5·max(cos, 0) per pair (Hessel et al. 2021). `torchmetrics-100`: 100·cos per pair, clamped at 0 after ' +
        'the mean. `cosine`: the raw cosine.',
    ),
  pass_threshold: z.number().default(0).describe('A sample passes when its score is at least this. Affects pass counts only.'),
})

export type ImageTextSimilaritySpec = z.output<typeof imageTextSimilaritySpec>
