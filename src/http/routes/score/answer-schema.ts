/**
 * Wire shapes that both answers of `/v1/score` share.
 * @module
 */
import { z } from '@hono/zod-openapi'

/** A picture as it was scored. */
export const scoredImage = z.object({
  sha256: z.string().describe('SHA-256 of the bytes, in hex.'),
  media_type: z.string(),
  bytes: z.int(),
  width: z.int().describe('Pixels, after EXIF orientation.'),
  height: z.int().describe('Pixels, after EXIF orientation.'),
})

export const modelIdentity = {
  model_digest: z.string().describe('SHA-256 over the digests of the model’s files.'),
  preprocessing_digest: z.string(),
  runtime: z.string(),
}

export const truncated = z.boolean().describe('Whether the model read only the beginning.')

export const unknownTokens = z
  .int()
  .nonnegative()
  .describe('Tokens that stand for something outside the model’s vocabulary. Texts of such tokens alone look alike to it.')
