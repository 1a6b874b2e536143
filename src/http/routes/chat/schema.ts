/**
 * Wire shapes of `/v1/chat/completions`: OpenAI's; of an edge model, as far as it reads them.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { id, metadata, orNull } from '../../../contracts/wire/common.ts'
import {
  checkConversation,
  conversationFields,
  fixedFields,
  samplingFields,
  skillField,
} from '../../../models/edge/fusion/conversation.ts'
import { modelIdentity, truncated, unknownTokens, warnings } from '../score/answer-schema.ts'

const streamOptions = z
  .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.literal(false).optional() })
  .nullish()

/** The request to an edge model. */
export const edgeChat = z
  .strictObject({
    model: id,
    ...conversationFields,
    ...samplingFields,
    ...fixedFields,
    stream: z.boolean().nullish(),
    stream_options: streamOptions,
    logprobs: z
      .boolean()
      .nullish()
      .describe('Natural logarithms of the probabilities of answers, each of which counts as one token.'),
    top_logprobs: z.int().min(0).max(20).nullish(),
    max_tokens: z.int().min(1).nullish(),
    store: z.boolean().nullish(),
    metadata: metadata.nullish(),
    user: z.string().max(512).nullish().describe('Is not read.'),
  })
  .superRefine((chat, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    checkConversation(chat, context)
    if (typeof chat.top_logprobs === 'number' && chat.logprobs !== true) refuse('top_logprobs', 'needs logprobs: true')
    if (chat.stream_options && chat.stream !== true) refuse('stream_options', 'needs stream: true')
  })

export type EdgeChat = z.output<typeof edgeChat>

/** Most messages of a conversation. */
const MOST_MESSAGES = 512

/** The request as far as every model reads it. An endpoint gets the other members as they are. */
export const chatCreate = z
  .looseObject({
    model: id.describe(
      'An edge model that answers; `endpoint/model` at a configured endpoint; or a plain name at the endpoint called `default`.',
    ),
    messages: z
      .array(z.looseObject({ role: z.string().min(1).max(32) }))
      .min(1)
      .max(MOST_MESSAGES)
      .describe('For an edge model: one message of the user with one text and one or two pictures, `data:` URIs or ids `img_…`.'),
    skill: skillField,
    stream: z.boolean().nullish(),
    stream_options: streamOptions,
    store: z.boolean().nullish().describe('Keeps the messages and the answer for 30 days: `GET /v1/chat/completions/{id}`.'),
    metadata: metadata.nullish().describe('For a stored completion. It is not sent to an endpoint.'),
  })
  .superRefine(({ stream, stream_options: options, store, metadata: pairs }, context) => {
    if (options && stream !== true) context.addIssue({ code: 'custom', path: ['stream_options'], message: 'needs stream: true' })
    if (pairs && store !== true) context.addIssue({ code: 'custom', path: ['metadata'], message: 'needs store: true' })
  })
  .openapi('ChatCompletionCreate')

const logprob = z.looseObject({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullish() })

const logprobs = z.looseObject({
  content: z.array(logprob.extend({ top_logprobs: z.array(logprob) })).nullish(),
  refusal: z.array(logprob).nullish(),
})

const choice = z.object({
  index: z.int(),
  finish_reason: z.string().describe('`stop` of an edge model; otherwise as the endpoint says.'),
  message: z.looseObject({
    role: z.literal('assistant'),
    content: z.string().nullable().describe('Of an edge model: an answer of its vocabulary; `true` or `false` for a statement.'),
    refusal: z.string().nullable(),
  }),
  logprobs: orNull(logprobs),
})

const usage = z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })

const endpointIdentity = z.object({
  endpoint: z.string(),
  address_digest: z.string().describe('Digest of its address.'),
  model: z.string().describe('The model that it was asked for.'),
  reported_model: z.string().nullable().describe('The model as it names it.'),
  streamed: z
    .boolean()
    .optional()
    .describe('Only in a stream: whether the endpoint streamed too. If not, the stream began when it had answered.'),
})

export const chatCompletion = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string().describe('As in the request.'),
    choices: z.array(choice),
    usage: usage.optional().describe('Absent if an endpoint does not say.'),
    system_fingerprint: z.string().optional(),
    metadata: metadata.nullish().describe('Of a stored completion.'),
    truncated: truncated.optional(),
    unknown_tokens: unknownTokens.optional(),
    warnings: warnings.optional(),
    identity: z.union([z.object(modelIdentity), endpointIdentity]).describe('Of the edge model, or of the endpoint.'),
  })
  .openapi('ChatCompletion')

export type ChatCreate = z.output<typeof chatCreate>
export type ChatCompletion = z.infer<typeof chatCompletion>
