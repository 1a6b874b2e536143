/**
 * Stored chat completions: list, read, change, delete.
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'
import type { StoredCompletion } from '../../../contracts/stored-completion.ts'
import { route } from '../../route.ts'
import { storedShape } from './store-completion.ts'
import {
  deleteCompletion,
  getCompletion,
  listCompletionMessages,
  listCompletions,
  updateCompletion,
} from './stored-operations.ts'
import type { StoredMessage } from './stored-schema.ts'

export const storedCompletionRoutes = [
  route(listCompletions, async ({ services, principal: { tenant }, query, answer }) => {
    const { model, metadata, ...page } = query
    const { data, more } = await services.completions.list(tenant, page, { model, metadata })
    return answer(200, envelope(data.map(storedShape), more))
  }),

  route(getCompletion, async ({ services, principal: { tenant }, params, answer }) =>
    answer(200, storedShape(await services.completions.find(tenant, params.completion_id))),
  ),

  route(updateCompletion, async ({ services, principal: { tenant }, params, readJson, answer }) => {
    const { metadata } = await readJson()
    return answer(200, storedShape(await services.completions.setMetadata(tenant, params.completion_id, metadata ?? {})))
  }),

  route(deleteCompletion, async ({ services, principal: { tenant }, params, answer }) => {
    await services.completions.delete(tenant, params.completion_id)
    return answer(200, { object: 'chat.completion.deleted', id: params.completion_id, deleted: true })
  }),

  route(listCompletionMessages, async ({ services, principal: { tenant }, params, query, answer }) => {
    const messages = messagesOf(await services.completions.find(tenant, params.completion_id))
    const ordered = query.order === 'asc' ? messages : messages.toReversed()
    const start = query.after === undefined ? 0 : placeAfter(ordered, query.after)
    return answer(200, envelope(ordered.slice(start, start + query.limit), ordered.length > start + query.limit))
  }),
]

/** @throws {Fault} `invalid` for an id of another completion, which would begin the list again */
function placeAfter(messages: readonly StoredMessage[], after: string): number {
  const place = messages.findIndex(({ id }) => id === after)
  if (place < 0) throw invalidField('after', `${after} is not a message of this completion; begin again without it`)
  return place + 1
}

/** OpenAI's list envelope for a page that says itself whether another one follows. */
function envelope<T extends { readonly id: string }>(data: readonly T[], more: boolean) {
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: more,
  }
}

function messagesOf({ id, messages }: StoredCompletion): StoredMessage[] {
  return messages.map((message, index) => {
    const { content, refusal } = message
    return {
      ...(message as Pick<StoredMessage, 'role'>),
      id: `${id}-${index}`,
      content: typeof content === 'string' ? content : null,
      content_parts: Array.isArray(content) ? (content as NonNullable<StoredMessage['content_parts']>) : null,
      refusal: typeof refusal === 'string' ? refusal : null,
    }
  })
}
