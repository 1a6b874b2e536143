/**
 * Prompts: as a request writes them, with placeholders (`tasks/template.ts` fills them), and as a model gets
 * them.
 * @module
 */
import { z } from 'zod'
import type { ImageReference } from './item.ts'

/** Most characters of all texts of a template. */
export const MOST_TEMPLATE_CHARACTERS = 32 * 1024
const MOST_MESSAGES = 64
const MOST_PARTS = 64

const text = z.string().max(MOST_TEMPLATE_CHARACTERS)
const detail = z.enum(['auto', 'low', 'high'])

const templatePart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text }),
  z.strictObject({ type: z.literal('output_text'), text }),
  z.strictObject({
    type: z.literal('input_image'),
    image_url: text.min(1).describe('A placeholder such as `{{item.image}}`, an `https:` address or a `data:` URI.'),
    detail: detail.optional(),
  }),
])

/** A message of a template. Its content is a text, a part, or a list of both. */
const templateMessage = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([
    text,
    templatePart,
    z
      .array(z.union([text, templatePart]))
      .min(1)
      .max(MOST_PARTS),
  ]),
})

/** A template that is a list of messages. */
export const promptMessages = z.array(templateMessage).min(1).max(MOST_MESSAGES)

/**
 * A template in the form of OpenAI's evals: a text, or messages with parts `input_text`, `output_text` and
 * `input_image`.
 *
 * Source: openai-node `resources/evals/runs/runs.ts`, `CreateEvalCompletionsRunDataSource.InputMessages`.
 * @example
 * [{ role: 'user', content: [
 *   { type: 'input_image', image_url: '{{item.image}}' },
 *   { type: 'input_text', text: '{{item.question}}' },
 * ] }]
 */
export const promptTemplate = z.union([text, promptMessages])

export type TemplatePart = z.infer<typeof templatePart>
export type PromptTemplate = z.infer<typeof promptTemplate>

export type ImageDetail = z.infer<typeof detail>

/** A picture outside our storage: an `https:` address or a `data:` URI. */
export interface ImageAddress {
  readonly url: string
}

export type PromptPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'image'
      readonly image: ImageReference | ImageAddress
      /** OpenAI's resolution hint. Absent: the endpoint's default. */
      readonly detail?: ImageDetail
    }

/**
 * One message. Pictures are in messages of the user only.
 * @example
 * { role: 'user', content: [{ type: 'image', image }, { type: 'text', text: 'What is this?' }] }
 */
export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: readonly PromptPart[]
}

/** Whether a picture of a prompt is one of ours. */
export function isStored(image: ImageReference | ImageAddress): image is ImageReference {
  return 'sha256' in image
}
