/**
 * Wire shapes of stored chat completions: OpenAI's.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { deletedOf, listOf, metadata, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'
import { chatCompletion } from './schema.ts'

export const completionList = listOf(chatCompletion)

export const completionQuery = pageQueryOf(sortableId('chatcmpl-')).extend({
  model: z.string().max(256).optional().describe('Only completions of this model, as it was named.'),
  metadata: metadata
    .optional()
    .describe('Only completions with these pairs: `metadata[key]=value`.')
    .openapi({ param: { style: 'deepObject', explode: true } }),
})

export const completionUpdate = z
  .strictObject({ metadata: metadata.nullable().describe('Replaces all pairs; null removes them.') })
  .openapi('ChatCompletionUpdate')

export const completionDeleted = deletedOf('chat.completion.deleted').openapi('ChatCompletionDeleted')

const storedMessage = z
  .object({
    id: z.string(),
    role: z.string(),
    name: z.string().optional(),
    tool_calls: z.array(z.any()).optional(),
    tool_call_id: z.string().optional(),
    content: z.string().nullable().describe('null where `content_parts` has it.'),
    content_parts: z.array(z.looseObject({ type: z.string() })).nullable(),
    refusal: z.string().nullable(),
  })
  .openapi('ChatCompletionStoreMessage')

export const messageList = listOf(storedMessage)

/** An id of a completion, and the place of the message in it. */
export const messageQuery = pageQueryOf(/^chatcmpl-[0-9a-f]{32}-[0-9]{1,3}$/)

export type StoredMessage = z.infer<typeof storedMessage>
