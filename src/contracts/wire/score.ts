/**
 * `POST /v1/score`: one picture, one or many texts.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { id } from './common.ts'

export const MAX_TEXTS = 64

/** Characters (UTF-16 code units). Text encoders read some dozens of tokens; what is longer is work for nothing. */
export const MAX_TEXT_LENGTH = 8192

export const scoreVariant = z.enum(['clipscore-2.5', 'torchmetrics-100', 'cosine'])

export const scoreRequest = z
  .strictObject({
    model: id.default('assay-clip'),
    /** A `data:` URI (PNG, JPEG or WebP, base64) or the id of a stored picture. */
    image: z.union([
      z.string().startsWith('data:', 'must be a data: URI; other addresses are not fetched'),
      z.strictObject({
        id: z.string().regex(/^img_[0-9a-f]{64}$/, 'must be the id of a stored picture, img_ and 64 hex digits'),
      }),
    ]),
    texts: z.array(z.string().max(MAX_TEXT_LENGTH)).min(1).max(MAX_TEXTS),
    variant: scoreVariant.default('clipscore-2.5'),
  })
  .openapi('ScoreRequest')

export const scoreResponse = z
  .object({
    object: z.literal('score'),
    model: z.string(),
    metric: z.literal('clipscore'),
    variant: scoreVariant,
    image: z.object({ sha256: z.string(), media_type: z.string(), bytes: z.int(), width: z.int(), height: z.int() }),
    data: z.array(
      z.object({
        index: z.int(),
        text: z.string(),
        score: z.number(),
        cosine: z.number(),
        tokens: z.int(),
        truncated: z.boolean(),
      }),
    ),
    identity: z.object({ model_digest: z.string(), preprocessing_digest: z.string(), runtime: z.string() }),
  })
  .openapi('ScoreResponse')

export type ScoreResponse = z.infer<typeof scoreResponse>
