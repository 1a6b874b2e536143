/**
 * Wire shapes of `question`, `statement` and `caption` in `/v1/score`: answers about one picture, statements
 * about one or two, and what is in a picture.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { id } from '../../../contracts/wire/common.ts'
import { detectorDigest, modelIdentity, scoredImage, truncated, unknownTokens, warnings } from './answer-schema.ts'

/** UTF-16 code units. The models read a few dozen tokens. */
const MOST_CHARACTERS = 1024
const MOST_CANDIDATES = 100
const SHOWN_CANDIDATES = 5

const words = z.string().max(MOST_CHARACTERS).regex(/\S/, 'must not be empty')

const fields = z.strictObject({
  model: id
    .optional()
    .describe(
      'Id of a model of `GET /v1/models` whose kind is `fusion` or `captioner`. The default is the first that does what is asked.',
    ),
  question: words.optional().describe('A question about the picture.'),
  statement: words.optional().describe('A statement about one picture, or about two: the left and the right one.'),
  caption: z.literal(true).optional().describe('Asks for a caption: one sentence about the picture.'),
  top: z
    .int()
    .min(1)
    .max(MOST_CANDIDATES)
    .optional()
    .describe(`With question or caption: candidates to return. Default: ${SHOWN_CANDIDATES}.`),
  include: z
    .array(z.literal('attention'))
    .max(1)
    .optional()
    .describe('With question or statement: `attention` adds where the model looked, word by word and thing by thing.'),
})

type Refuse = (field: string, message: string) => void
const refusing = (context: z.RefinementCtx): Refuse => {
  return (field, message) => context.addIssue({ code: 'custom', path: [field], message })
}

function checkFields({ question, statement, caption, top, include }: z.infer<typeof fields>, refuse: Refuse): void {
  if (question !== undefined && statement !== undefined)
    refuse('statement', 'cannot go with question: send each in a request of its own')
  if (caption !== undefined && (question !== undefined || statement !== undefined))
    refuse('caption', 'cannot go with a question or a statement: send each in a request of its own')
  if (caption !== undefined && include !== undefined)
    refuse('include', 'goes with question and statement; leave it out with caption')
  if (top !== undefined && statement !== undefined)
    refuse('top', 'says how many answers are returned; leave it out with statement')
}

export const askFields = fields.superRefine((sent, context) => checkFields(sent, refusing(context)))

export type AskFields = z.infer<typeof askFields>

/** @param picture schema of a picture's reference in JSON */
export const askRequestOf = (picture: z.ZodType<string | { id: string }>) =>
  fields
    .extend({
      image: picture.optional(),
      images: z.tuple([picture, picture]).optional().describe('With statement: the left and the right picture.'),
    })
    .superRefine(({ image, images, ...sent }, context) => {
      const refuse = refusing(context)
      checkFields(sent, refuse)
      if (image === undefined && images === undefined) refuse('image', 'is missing: send a picture')
      if (image !== undefined && images !== undefined) refuse('images', 'cannot go with image: send one picture or two')
      if (images !== undefined && sent.question !== undefined)
        refuse('images', 'cannot go with question, which is about one picture')
      if (images !== undefined && sent.caption !== undefined)
        refuse('images', 'cannot go with caption, which is about one picture')
    })
    .openapi('AskRequest')

export const shownCandidates = (top: number | undefined): number => top ?? SHOWN_CANDIDATES

const identity = z.object({ ...modelIdentity, detector_digest: detectorDigest })

const attention = z
  .object({
    tokens: z.array(z.string()).describe('Pieces of words as the model read them; special tokens are empty.'),
    rows: z
      .array(
        z.object({
          picture: z.int().describe('Index of the picture.'),
          name: z.string().nullable().describe('The most probable name; null for the picture as a whole.'),
          color: z.string().describe('The most probable color; of the picture as a whole: of its ground.'),
          box: z.array(z.number()).length(4).describe('Left, top, right, bottom in shares of width and height.'),
        }),
      )
      .describe('The things that the detector saw, by picture: first the picture as a whole.'),
    layers: z
      .array(z.array(z.array(z.number())))
      .describe(
        'By layer: a line for each token, then for each row, with the share of its attention to each token, then to each row. ' +
          'A mean over heads, to four decimals. Attention to tokens and to rows sum to 1 each, or together in a model of early fusion.',
      ),
  })
  .openapi('Attention')

const read = {
  attention: attention.optional().describe('Where the model looked, if `include` asks for it.'),
  tokens: z.int().describe('Tokens that the model read, special ones included.'),
  truncated,
  unknown_tokens: unknownTokens,
  warnings,
  identity,
}

export const answerResponse = z
  .object({
    object: z.literal('answer'),
    model: z.string(),
    question: z.string(),
    answer: z.string().describe('The most probable one of the model’s vocabulary.'),
    probability: z.number(),
    top: z
      .array(z.object({ rank: z.int(), answer: z.string(), probability: z.number() }))
      .describe('Most probable first. All answers of the vocabulary sum to 1.'),
    answers: z.int().describe('Answers in the vocabulary.'),
    image: scoredImage,
    ...read,
  })
  .openapi('AnswerResponse')

export const verdictResponse = z
  .object({
    object: z.literal('verdict'),
    model: z.string(),
    statement: z.string(),
    verdict: z.boolean().describe('Whether the statement is more probably true than false.'),
    probability: z.number().describe('P(true).'),
    match: z
      .number()
      .optional()
      .describe('With one picture: matching score, P(the text is a caption of it). Learned from captions, not from statements.'),
    images: z.array(scoredImage).describe('In the order of the request.'),
    ...read,
  })
  .openapi('VerdictResponse')

export const captionResponse = z
  .object({
    object: z.literal('caption'),
    model: z.string(),
    caption: z.string().describe('The best one.'),
    log_probability: z.number().describe('Natural logarithm of the probability of all its tokens.'),
    top: z
      .array(z.object({ rank: z.int(), caption: z.string(), log_probability: z.number(), tokens: z.int() }))
      .describe('The captions of the beam search, best first: by log-probability over a power of the number of tokens.'),
    image: scoredImage,
    warnings,
    identity,
  })
  .openapi('CaptionResponse')

export type CaptionResponse = z.infer<typeof captionResponse>
export type AnswerResponse = z.infer<typeof answerResponse>
export type VerdictResponse = z.infer<typeof verdictResponse>
