/**
 * A chat completion that is passed on to an endpoint: the client's messages and parameters as they are, with
 * stored pictures in place of their ids.
 * @module
 */
import { z } from 'zod'
import { base64Length } from '../../../contracts/base64.ts'
import { UNLIMITED_COMPLETION_TOKENS } from '../../../contracts/call-cost.ts'
import type { TokenUsage } from '../../../contracts/model.ts'
import type { EndpointRequest, Reading } from '../call-endpoint.ts'
import { parseReply } from '../json-body.ts'
import { concatenated, type Piece } from '../json-with-pictures.ts'
import type { SentPicture } from '../picture-policy.ts'
import { reportedUsage } from '../reported-usage.ts'
import { separated } from './chat-request.ts'
import { textOf } from './chat-response.ts'

export interface ForwardedMessage {
  readonly [member: string]: unknown
  readonly role: string
  readonly content?: unknown
}

/** A request without the members that the server in between reads itself, such as `stream` and `store`. */
export interface ForwardedRequest {
  readonly [member: string]: unknown
  readonly model: string
  readonly messages: readonly ForwardedMessage[]
}

/** An answer of several choices, each with a long text, stays below it. */
const MAX_RESPONSE_BYTES = 1024 * 1024

/** @param pictures - of the stored pictures in the messages, by the id that stands for their address */
export function forwardChat(
  { messages, ...rest }: ForwardedRequest,
  pictures: ReadonlyMap<string, SentPicture>,
): EndpointRequest<ForwardedCompletion> {
  const pieces = messages.map((message) => piecesOf(message, pictures))
  const addresses = messages.flatMap(addressesIn)
  return {
    path: 'chat/completions',
    body: concatenated(['{"messages":[', ...separated(pieces), '],', JSON.stringify(rest).slice(1)]),
    item: '',
    deterministic: false,
    maxCompletionTokens: mostTokens(rest),
    images: addresses.length,
    pictureBytes: addresses.reduce((sum, address) => sum + pictureBytes(address, pictures.get(address)), 0),
    maxResponseBytes: MAX_RESPONSE_BYTES,
    read: readForwarded,
  }
}

/** Most tokens of all answers; null: unknown. A limit below 1 is none: it must not lower the held cost. */
function mostTokens(parameters: Readonly<Record<string, unknown>>): number | null {
  const each = countOf(parameters['max_completion_tokens']) ?? countOf(parameters['max_tokens'])
  const answers = countOf(parameters['n'])
  return each === null && answers === null ? null : (each ?? UNLIMITED_COMPLETION_TOKENS) * (answers ?? 1)
}

const countOf = (value: unknown): number | null => (typeof value === 'number' && value >= 1 ? Math.ceil(value) : null)

function piecesOf({ content, ...rest }: ForwardedMessage, pictures: ReadonlyMap<string, SentPicture>): Piece[] {
  if (!Array.isArray(content)) return [JSON.stringify({ ...rest, ...(content !== undefined && { content }) })]
  const parts = content.map((part): Piece[] => {
    const stored = pictures.get(addressIn(part) ?? '')
    if (stored === undefined) return [JSON.stringify(part)]
    const { url: _, ...hints } = (part as { readonly image_url: Readonly<Record<string, unknown>> }).image_url
    const address: Piece[] = 'url' in stored ? [JSON.stringify(stored.url)] : [`"data:${stored.mediaType};base64,`, stored, '"']
    return ['{"type":"image_url","image_url":{"url":', ...address, ...membersAfter(hints), '}}']
  })
  return [`${JSON.stringify(rest).slice(0, -1)},"content":[`, ...separated(parts), ']}']
}

const membersAfter = (members: object): string[] =>
  Object.keys(members).length === 0 ? [] : [`,${JSON.stringify(members).slice(1, -1)}`]

/** The address of a part with a picture; undefined for another part. */
export function addressIn(part: unknown): string | undefined {
  const { type, image_url: image } = (part ?? {}) as { readonly type?: unknown; readonly image_url?: { readonly url?: unknown } }
  return type === 'image_url' && typeof image?.url === 'string' ? image.url : undefined
}

const addressesIn = ({ content }: ForwardedMessage): string[] =>
  Array.isArray(content) ? content.flatMap((part) => addressIn(part) ?? []) : []

/** Bytes that a picture takes in the body: addresses and base64 are ASCII. */
function pictureBytes(address: string, stored: SentPicture | undefined): number {
  if (stored === undefined) return address.length
  return 'url' in stored ? stored.url.length : base64Length(stored.bytes.length)
}

const part = z.looseObject({ type: z.string().optional(), text: z.string().optional() })

/** Some servers leave the alternatives out. */
const loggedToken = z.looseObject({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullish() })
const loggedTokens = z.array(
  loggedToken.extend({
    top_logprobs: z
      .array(loggedToken)
      .nullish()
      .transform((top) => top ?? []),
  }),
)

/** A malformed list is dropped, and the text kept. */
const logprobs = z.looseObject({ content: loggedTokens.nullish(), refusal: loggedTokens.nullish() }).nullish().catch(null)

const choice = z.looseObject({
  index: z.int().nonnegative().nullish(),
  finish_reason: z.string().nullish(),
  message: z.looseObject({ content: z.union([z.string(), z.array(part)]).nullish(), refusal: z.string().nullish() }),
  logprobs,
})

const body = z.object({
  model: z.string().nullish().catch(null),
  system_fingerprint: z.string().nullish().catch(null),
  choices: z.array(choice).min(1, 'has no choice'),
  usage: z.unknown().optional(),
})

export interface ForwardedCompletion {
  /** The model as the endpoint names it; null: it does not say. */
  readonly model: string | null
  readonly systemFingerprint: string | null
  readonly choices: readonly ForwardedChoice[]
  /** With further members of the endpoint, such as cached tokens. */
  readonly usage: (TokenUsage & Readonly<Record<string, unknown>>) | null
}

export interface ForwardedChoice {
  readonly index: number
  readonly finish_reason: string
  readonly message: Readonly<Record<string, unknown>> & { readonly content: string | null; readonly refusal: string | null }
  readonly logprobs: Readonly<Record<string, unknown>> | null
}

/** @throws {SampleError} `endpoint_bad_response` for anything but a chat completion with a choice */
function readForwarded(bytes: Uint8Array): Reading<ForwardedCompletion> {
  const reply = parseReply(body, bytes, 'a chat completion')
  if ('reported' in reply) return reply
  const answer = completionOf(reply.body)
  return { answer, usage: answer.usage }
}

/** A completion that was put together from chunks. */
export const readFolded = (given: unknown): ForwardedCompletion => completionOf(body.parse(given))

function completionOf({ model, system_fingerprint: fingerprint, choices, usage }: z.output<typeof body>): ForwardedCompletion {
  return {
    model: model ?? null,
    systemFingerprint: fingerprint ?? null,
    choices: choices.map(choiceOf),
    usage: readUsage(usage),
  }
}

/** The counts of tokens, with the endpoint's further members. */
export function readUsage(said: unknown): ForwardedCompletion['usage'] {
  const usage = reportedUsage.parse(said) ?? null
  return usage && { ...(said as object), ...usage }
}

function choiceOf({ index, finish_reason, message, logprobs }: z.output<typeof choice>, place: number): ForwardedChoice {
  const { content, refusal, ...rest } = message
  return {
    index: index ?? place,
    finish_reason: finish_reason ?? 'stop',
    message: { ...rest, content: (Array.isArray(content) ? textOf(content) : content) ?? null, refusal: refusal ?? null },
    logprobs: logprobs ?? null,
  }
}
