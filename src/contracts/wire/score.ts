/**
 * `POST /v1/score`: one picture, and one or many texts to score, or labels to classify it among.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { classifyRequest } from './classify.ts'
import { id } from './common.ts'

export const MAX_TEXTS = 64

/** Characters (UTF-16 code units). Text encoders read some dozens of tokens; what is longer is work for nothing. */
export const MAX_TEXT_LENGTH = 8192

export const scoreVariant = z.enum(['clipscore-2.5', 'torchmetrics-100', 'cosine'])

const imageReference = z.union([
  z.string().regex(/^data:/i, 'must be a data: URI; other addresses are not fetched'),
  z.strictObject({
    id: z.string().regex(/^img_[0-9a-f]{64}$/, 'must be the id of a stored picture, img_ and 64 hex digits'),
  }),
])

/** What is asked of the picture, in either form of the request. */
const question = z.strictObject({
  model: id.default('assay-clip'),
  texts: z.array(z.string().max(MAX_TEXT_LENGTH)).min(1).max(MAX_TEXTS).optional(),
  classify: classifyRequest.optional(),
  /** Of the scores of texts. */
  variant: scoreVariant.optional().openapi({ default: 'clipscore-2.5' }),
})

/** The way to say one thing is one: nothing that would be left unread is taken. */
function oneTask({ texts, classify, variant }: Omit<z.infer<typeof question>, 'model'>, context: z.RefinementCtx): void {
  const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
  if (texts === undefined && classify === undefined) refuse('texts', 'is missing; send texts to score, or classify')
  if (texts !== undefined && classify !== undefined)
    refuse('classify', 'cannot go with texts: send texts to score or labels to classify, each in a request of its own')
  if (classify !== undefined && variant !== undefined) refuse('variant', 'says how texts are scored; leave it out with classify')
}

export const scoreQuestion = question.superRefine(oneTask)

export const scoreRequest = question
  .extend({
    /** A `data:` URI (PNG, JPEG or WebP, base64) or the id of a stored picture. */
    image: imageReference,
  })
  .superRefine(oneTask)
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
        /** How many of `tokens` stand for what the model's vocabulary does not have: texts of such alone cannot be told apart. */
        unknown_tokens: z.int().nonnegative(),
      }),
    ),
    identity: z.object({ model_digest: z.string(), preprocessing_digest: z.string(), runtime: z.string() }),
  })
  .openapi('ScoreResponse')

export type ScoreResponse = z.infer<typeof scoreResponse>
