/**
 * Wire shapes of `/v1/score`.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { id } from '../../../contracts/wire/common.ts'
import { askRequestOf } from './question-schema.ts'
import { bytesSchema } from '../../operation.ts'
import { classifyRequest } from './classify-schema.ts'
import { detectorDigest, embeddedImage, judgement, modelIdentity, scale, truncated, unknownTokens } from './answer-schema.ts'

export const MAX_TEXTS = 64

/** UTF-16 code units. Text towers read a few dozen tokens. */
const MAX_TEXT_LENGTH = 8192

const scoreVariant = z
  .enum(['clipscore-2.5', 'torchmetrics-100', 'cosine'])
  .describe(
    '`clipscore-2.5`: 2.5 · max(cosine, 0), the published CLIPScore. `torchmetrics-100`: 100 · cosine. `cosine`: the cosine itself.',
  )

const imageReference = z
  .union([
    z
      .string()
      .regex(/^[dD][aA][tT][aA]:/, 'must be a data: URI; other addresses are not fetched')
      .describe('A `data:` URI in base64 (PNG, JPEG, WebP or GIF).'),
    z.strictObject({
      id: z
        .string()
        .regex(/^img_[0-9a-f]{64}$/, 'must be the id of a stored picture, img_ and 64 hex digits')
        .describe('Id of a picture stored by `POST /v1/images`.'),
    }),
  ])
  .describe('A small picture as a `data:` URI, or a stored one by its id. The whole JSON body may have 1 MiB.')

const question = z.strictObject({
  model: id
    .optional()
    .describe(
      'Id of a model of `GET /v1/models`. Left out: the shipped model for the kind of the picture, which the answer names.',
    ),
  texts: z
    .array(z.string().max(MAX_TEXT_LENGTH))
    .min(1)
    .max(MAX_TEXTS)
    .optional()
    .describe('Texts to score. Send either texts or classify.'),
  classify: classifyRequest.optional(),
  variant: scoreVariant.optional().openapi({ default: 'clipscore-2.5' }),
})

/** Exactly one of texts and classify; a field that would not be read is refused. */
function oneQuestion({ texts, classify, variant }: Omit<z.infer<typeof question>, 'model'>, context: z.RefinementCtx): void {
  const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
  if (texts === undefined && classify === undefined)
    refuse('texts', 'is missing: send texts to score, labels to classify, or a question, a statement or a caption to ask for')
  if (texts !== undefined && classify !== undefined)
    refuse('classify', 'cannot go with texts: send texts to score or labels to classify, each in a request of its own')
  if (classify !== undefined && variant !== undefined) refuse('variant', 'says how texts are scored; leave it out with classify')
}

export const scoreQuestion = question.superRefine(oneQuestion)

export const askRequest = askRequestOf(imageReference)

export const scoreRequest = question.extend({ image: imageReference }).superRefine(oneQuestion).openapi('ScoreRequest')

/** The fields of the multipart form. Each is optional for zod, since the handler refuses by field. */
export const scoreForm = z
  .object({
    image: bytesSchema('The picture: PNG (36 Mi pixels), JPEG (64 Mi) or WebP (4 Mi), at most 8 MiB.').optional(),
    text: z.array(z.string().max(MAX_TEXT_LENGTH)).max(MAX_TEXTS).optional().describe('A text to score; repeat the field.'),
    classify: z.string().optional().describe('Labels to classify the picture among: a ClassifyRequest in JSON.'),
    model: id.optional().describe('As in ScoreRequest.'),
    variant: scoreVariant.optional(),
    question: z.string().optional().describe('A question about the picture, instead of texts: as in AskRequest.'),
    statement: z.string().optional().describe('A statement about the picture, or about two: then repeat the field image.'),
    top: z.string().optional().describe('With question: candidates to return.'),
  })
  .openapi('ScoreForm')

export const scoreResponse = z
  .object({
    object: z.literal('score'),
    model: z.string(),
    metric: z.literal('clipscore'),
    variant: scoreVariant,
    image: embeddedImage,
    ...judgement,
    ...scale,
    range: z.object({ low: z.number(), high: z.number() }).describe('Lowest and highest possible score of the variant.'),
    data: z
      .array(
        z.object({
          index: z.int(),
          text: z.string(),
          score: z.number(),
          cosine: z.number(),
          probability: z
            .number()
            .describe('Softmax over the texts of the request, which sums to 1; for a sigmoid model each text by itself.'),
          tokens: z.int(),
          truncated,
          unknown_tokens: unknownTokens,
        }),
      )
      .describe('One entry per text, in the order of the request.'),
    identity: z.object({ ...modelIdentity, detector_digest: detectorDigest }),
  })
  .openapi('ScoreResponse')

export type ScoreResponse = z.infer<typeof scoreResponse>
