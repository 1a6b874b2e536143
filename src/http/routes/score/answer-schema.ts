/**
 * Wire shapes that both answers of `/v1/score` share.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { PICTURE_KINDS } from '../../../contracts/picture-kind.ts'
import { warning } from '../../../contracts/warning.ts'
import { orNull } from '../../../contracts/wire/common.ts'

/** A picture as it was scored. */
export const scoredImage = z.object({
  sha256: z.string().describe('SHA-256 of the bytes, in hex.'),
  media_type: z.string(),
  bytes: z.int(),
  width: z.int().describe('Pixels, after EXIF orientation.'),
  height: z.int().describe('Pixels, after EXIF orientation.'),
})

/** A picture as it was scored by a model that embeds. */
export const embeddedImage = scoredImage.extend({
  decoded: z
    .object({ width: z.int(), height: z.int() })
    .describe('Sides as decoded, before the model’s own fit: smaller than the picture for a JPEG decoded at reduced scale.'),
})

export const warnings = z.array(warning).describe('Reasons to trust the answer less; empty without any.')

/** The picture's kind and the choice of the model, in both answers. */
export const judgement = {
  domain: z
    .object({
      kind: z.enum(PICTURE_KINDS),
      probability: z.number().describe('Of that kind, by the detector.'),
      probabilities: z.record(z.enum(PICTURE_KINDS), z.number()),
    })
    .describe('The kind of the picture, as the detector sees it.'),
  model_choice: orNull(
    z
      .object({
        kind: z.enum(PICTURE_KINDS),
        probability: z.number(),
        among: z.array(z.string()).describe('Ids of the models to choose from.'),
        reason: z.string(),
      })
      .describe('Why the detector chose this model.'),
  ).describe('Null where the request named the model.'),
  warnings,
}

/** From cosine to probability, in both answers. */
export const scale = {
  calibrated: z
    .boolean()
    .describe(
      'Whether `temperature` was fitted on held-out pictures and this picture is of a kind that the model was trained on.',
    ),
  temperature: z.number().describe('Cosines are divided by it.'),
  bias: z.number().describe('Added to cosine / temperature; 0 for softmax.'),
}

export const modelIdentity = {
  model_digest: z.string().describe('SHA-256 over the digests of the model’s files.'),
  preprocessing_digest: z.string(),
  runtime: z.string(),
}

export const detectorDigest = z.string().describe('Digest of the detector of picture kinds.')

export const truncated = z.boolean().describe('Whether the model read only the beginning.')

export const unknownTokens = z
  .int()
  .nonnegative()
  .describe('Tokens that stand for something outside the model’s vocabulary. Texts of such tokens alone look alike to it.')
