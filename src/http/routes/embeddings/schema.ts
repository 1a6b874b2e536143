/**
 * Wire shapes of `/v1/embeddings`: OpenAI's, and infinity's `modality` for pictures.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { MEANS_PICTURE, NO_PICTURE_TEXT, PICTURE_TEXT } from '../../../contracts/picture-text.ts'
import { warning } from '../../../contracts/warning.ts'
import { id } from '../../../contracts/wire/common.ts'
import { modelIdentity } from '../score/answer-schema.ts'

/** Inputs of one request. A text takes a few milliseconds, a picture about a hundred. */
const MOST_TEXTS = 512
const MOST_PICTURES = 16

/** UTF-16 code units. Text towers read a few dozen tokens. */
const MAX_TEXT_LENGTH = 8192

const NO_TOKENS = 'must be a text or a list of texts: numbers of tokens belong to another tokenizer'

const embeddingFields = z.strictObject({
  model: id.describe(
    'An edge model that embeds; `endpoint/model` at a configured endpoint; or a plain name at the endpoint called `default`.',
  ),
  input: z
    .union([z.string(), z.array(z.string()).min(1).max(MOST_TEXTS)], {
      error: ({ input }) => (holdsNumbers(input) ? NO_TOKENS : undefined),
    })
    .describe(
      `At most ${MOST_TEXTS} texts; or with the modality \`image\` at most ${MOST_PICTURES} pictures, each a \`data:\` URI in base64 or the id \`img_…\` of a stored picture. The whole body may have 1 MiB.`,
    ),
  modality: z.enum(['text', 'image']).default('text').describe('The kind of all inputs.'),
  encoding_format: z
    .enum(['float', 'base64'])
    .default('float')
    .describe('`base64`: the little-endian Float32 values, which OpenAI’s SDKs ask for and decode.'),
  dimensions: z
    .int()
    .positive()
    .optional()
    .describe('Of an edge model: its number, since vectors are not shortened. An endpoint is asked for it.'),
  user: z.string().max(512).optional().describe('Is not read.'),
})

/** Elements of `input` one by one, with their places. */
export const placedInputs = (input: string | readonly string[]): { readonly place: string; readonly value: string }[] =>
  typeof input === 'string'
    ? [{ place: '/input', value: input }]
    : input.map((value, index) => ({ place: `/input/${index}`, value }))

export const embeddingCreate = embeddingFields
  .superRefine(({ input, modality }, context) => {
    const refuse = (place: string, message: string) =>
      context.addIssue({ code: 'custom', path: place.slice(1).split('/').map(numbered), message })
    const inputs = placedInputs(input)
    if (modality === 'image' && inputs.length > MOST_PICTURES)
      refuse('/input', `must have at most ${MOST_PICTURES} pictures, has ${inputs.length}`)
    for (const { place, value } of inputs)
      if (modality === 'text' && value.length > MAX_TEXT_LENGTH)
        refuse(place, `must have at most ${MAX_TEXT_LENGTH} characters, has ${value.length}`)
      else if (modality === 'text' && MEANS_PICTURE.test(value))
        refuse(place, 'is a picture: send "modality": "image" with pictures alone')
      else if (modality === 'image' && !PICTURE_TEXT.test(value)) refuse(place, NO_PICTURE_TEXT)
  })
  .openapi('EmbeddingCreate')

const numbered = (name: string): string | number => (/^\d+$/.test(name) ? Number(name) : name)

function holdsNumbers(input: unknown): boolean {
  return Array.isArray(input) && (typeof input[0] === 'number' || Array.isArray(input[0]))
}

export const embeddingList = z
  .object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int().describe('Place of the input in the request.'),
        embedding: z
          .union([z.array(z.number()), z.string()])
          .describe(
            'A unit vector of an edge model: the cosine of a picture and a text is their dot product. Of an endpoint: as it says.',
          ),
        warnings: z.array(warning).describe('Reasons to trust this vector less.'),
      }),
    ),
    usage: z.object({
      prompt_tokens: z.int().describe('Tokens of all texts, special ones included; 0 for pictures.'),
      total_tokens: z.int(),
    }),
    identity: z
      .union([z.object(modelIdentity), z.object({ endpoint: z.string(), address_digest: z.string(), model: z.string() })])
      .describe('Of the edge model, or of the endpoint.'),
  })
  .openapi('EmbeddingList')

export type EmbeddingCreate = z.output<typeof embeddingCreate>
export type EmbeddingList = z.output<typeof embeddingList>
