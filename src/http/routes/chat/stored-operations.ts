/**
 * Stored chat completions: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_COMPLETION } from './operations.ts'
import { chatCompletion } from './schema.ts'
import {
  completionDeleted,
  completionList,
  completionQuery,
  completionUpdate,
  messageList,
  messageQuery,
} from './stored-schema.ts'

const STORED = { ...EXAMPLE_COMPLETION, metadata: { prompt_version: 'v1' } }
const PATH = '/v1/chat/completions/{completion_id}'
const params = { completion_id: { description: 'Id of the stored completion.', example: EXAMPLE_COMPLETION.id } }

export const listCompletions = operation({
  method: 'get',
  path: '/v1/chat/completions',
  operationId: 'listChatCompletions',
  summary: 'List stored chat completions',
  description:
    'Lists the completions that were made with `store: true`, for 30 days. A page with long completions may have fewer than `limit`; `has_more` says whether another follows.',
  tag: 'models',
  access: 'key',
  query: completionQuery,
  answers: { 200: jsonAnswer(completionList, 'A page of completions.', examplePage(STORED)) },
})

export const getCompletion = operation({
  method: 'get',
  path: PATH,
  params,
  operationId: 'getChatCompletion',
  summary: 'Get a stored chat completion',
  description: 'Returns a completion that was made with `store: true`.',
  tag: 'models',
  access: 'key',
  answers: { 200: jsonAnswer(chatCompletion, 'The completion.', STORED) },
  refuses: [404],
})

export const updateCompletion = operation({
  method: 'post',
  path: PATH,
  params,
  operationId: 'updateChatCompletion',
  summary: 'Change the metadata of a stored chat completion',
  description: 'Replaces its metadata. Nothing else ever changes.',
  tag: 'models',
  access: 'key',
  json: jsonBody(completionUpdate, { metadata: { prompt_version: 'v1' } }),
  answers: { 200: jsonAnswer(chatCompletion, 'The completion.', STORED) },
  refuses: [404],
})

export const deleteCompletion = operation({
  method: 'delete',
  path: PATH,
  params,
  operationId: 'deleteChatCompletion',
  summary: 'Delete a stored chat completion',
  description: 'Deletes a completion and its messages. Runs over it keep their items.',
  tag: 'models',
  access: 'key',
  answers: {
    200: jsonAnswer(completionDeleted, 'The completion is deleted.', {
      object: 'chat.completion.deleted',
      id: EXAMPLE_COMPLETION.id,
      deleted: true,
    }),
  },
  refuses: [404],
})

export const listCompletionMessages = operation({
  method: 'get',
  path: `${PATH}/messages`,
  params,
  operationId: 'listChatCompletionMessages',
  summary: 'List the messages of a stored chat completion',
  description:
    'Lists the messages that were sent, in their order. Pictures that came as `data:` URIs are stored pictures, `img_…`.',
  tag: 'models',
  access: 'key',
  query: messageQuery,
  answers: {
    200: jsonAnswer(
      messageList,
      'A page of messages.',
      examplePage({
        id: `${EXAMPLE_COMPLETION.id}-0`,
        role: 'user',
        content: 'What colour is the circle?',
        content_parts: null,
        refusal: null,
      }),
    ),
  },
  refuses: [404],
})
