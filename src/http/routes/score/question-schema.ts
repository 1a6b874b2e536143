/**
 * Wire shapes of `question` and `statement` in `/v1/score`: answers about one picture, and statements about
 * one or two.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { id } from '../../../contracts/wire/common.ts'
import { modelIdentity, scoredImage, truncated, unknownTokens } from './answer-schema.ts'

/** UTF-16 code units. The models read a few dozen tokens. */
const MOST_CHARACTERS = 1024
const MOST_CANDIDATES = 100
const SHOWN_CANDIDATES = 5

const words = z.string().max(MOST_CHARACTERS).regex(/\S/, 'must not be empty')

const fields = z.strictObject({
  model: id.optional().describe('Id of a model of `GET /v1/models` whose kind is `fusion`. The default is the first.'),
  question: words.optional().describe('A question about the picture.'),
  statement: words.optional().describe('A statement about one picture, or about two: the left and the right one.'),
  top: z
    .int()
    .min(1)
    .max(MOST_CANDIDATES)
    .optional()
    .describe(`With question: candidates to return. Default: ${SHOWN_CANDIDATES}.`),
})

type Refuse = (field: string, message: string) => void
const refusing = (context: z.RefinementCtx): Refuse => {
  return (field, message) => context.addIssue({ code: 'custom', path: [field], message })
}

function checkFields({ question, statement, top }: z.infer<typeof fields>, refuse: Refuse): void {
  if (question !== undefined && statement !== undefined)
    refuse('statement', 'cannot go with question: send each in a request of its own')
  if (top !== undefined && question === undefined)
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
    })
    .openapi('AskRequest')

export const shownCandidates = (top: number | undefined): number => top ?? SHOWN_CANDIDATES

const read = {
  tokens: z.int().describe('Tokens that the model read, special ones included.'),
  truncated,
  unknown_tokens: unknownTokens,
  identity: z.object(modelIdentity),
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
    images: z.array(scoredImage).describe('In the order of the request.'),
    ...read,
  })
  .openapi('VerdictResponse')

export type AnswerResponse = z.infer<typeof answerResponse>
export type VerdictResponse = z.infer<typeof verdictResponse>
