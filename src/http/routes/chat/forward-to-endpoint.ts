/**
 * A chat completion of a model at a configured endpoint.
 * @module
 */
import { addressDigest } from '../../../contracts/endpoint-address.ts'
import { at } from '../../../contracts/failure-pointer.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import { SampleError } from '../../../contracts/model.ts'
import type { Principal } from '../../../contracts/records.ts'
import {
  addressIn,
  forwardChat,
  type ForwardedCompletion,
  type ForwardedRequest,
} from '../../../models/endpoint/chat/forward-chat.ts'
import type { StreamedChat } from '../../../models/endpoint/chat/streamed-chat.ts'
import type { SentPicture } from '../../../models/endpoint/picture-policy.ts'
import type { Services } from '../../app-context.ts'
import { withEndpoint } from '../../call-endpoint.ts'
import type { EndpointModel } from '../../named-model.ts'
import type { ChatCompletion, ChatCreate } from './schema.ts'

interface Asker extends EndpointModel {
  readonly services: Services
  readonly principal: Principal
}

/** @throws {Fault} as `withEndpoint`; `not_found` for a picture that is not stored */
export async function forwardToEndpoint(
  asker: Asker,
  request: ChatCreate,
  head: Pick<ChatCompletion, 'id' | 'created'>,
): Promise<ChatCompletion> {
  const forwarded = forwardedOf(asker, request)
  const { answer } = await withEndpoint(asker.services, asker.principal, asker.endpoint, '/model', async ({ call }) =>
    call(forwardChat(forwarded, await storedPictures(asker, forwarded))),
  )
  return completionOf(asker, request, head, answer)
}

/** An answer that comes in chunks; or whole, from an endpoint that does not stream. */
export type StreamedAnswer = { readonly streamed: StreamedChat } | { readonly whole: ChatCompletion }

/**
 * Ends when the first chunk is there. Some servers know no `stream_options`, and some no `stream`: they are
 * asked again without it.
 * @param keeps - whether the whole completion will be asked for
 * @throws {Fault} as {@link forwardToEndpoint}
 */
export async function streamFromEndpoint(
  asker: Asker,
  request: ChatCreate,
  head: Pick<ChatCompletion, 'id' | 'created'>,
  keeps: boolean,
): Promise<StreamedAnswer> {
  const forwarded = forwardedOf(asker, request)
  const { stream_options: options } = request
  const asked = { ...forwarded, stream: true }
  const ways = [{ ...asked, stream_options: { ...options, include_usage: true } }, asked, forwarded]
  const reply = await withEndpoint(asker.services, asker.principal, asker.endpoint, '/model', async ({ stream }) => {
    const pictures = await storedPictures(asker, forwarded)
    for (const way of ways.slice(0, -1)) {
      try {
        return await stream(forwardChat(way, pictures), keeps)
      } catch (error) {
        if (!refusesStream(error)) throw error
      }
    }
    return stream(forwardChat(ways.at(-1)!, pictures), keeps)
  })
  if ('streamed' in reply) return reply
  return { whole: await completionOf(asker, request, head, reply.answer) }
}

/** A refusal of the request whose sentence is about the stream. */
const refusesStream = (error: unknown): boolean =>
  error instanceof SampleError &&
  /^endpoint_(?:error|status_4(?:00|04|05|15|22)|status_501)$/.test(error.code) &&
  /stream/i.test(error.message)

function forwardedOf({ model }: EndpointModel, request: ChatCreate): ForwardedRequest {
  const { skill, stream: _stream, stream_options: _options, store: _store, metadata: _metadata, ...rest } = request
  if (skill !== undefined) throw unprocessableField('/skill', 'is for edge models; ask the endpoint in the text of a message')
  return { ...rest, model }
}

export async function completionOf(
  asker: EndpointModel,
  request: ChatCreate,
  head: Pick<ChatCompletion, 'id' | 'created'>,
  answer: ForwardedCompletion,
): Promise<ChatCompletion> {
  return {
    ...head,
    object: 'chat.completion',
    model: request.model,
    choices: answer.choices.map((choice) => ({ ...choice, message: { ...choice.message, role: 'assistant' as const } })),
    ...(answer.usage !== null && { usage: answer.usage }),
    ...(answer.systemFingerprint !== null && { system_fingerprint: answer.systemFingerprint }),
    identity: { ...(await identityOf(asker)), reported_model: answer.model },
  }
}

export const identityOf = async ({ endpoint, model }: EndpointModel) => ({
  endpoint: endpoint.name,
  address_digest: await addressDigest(endpoint.baseUrl),
  model,
})

const STORED = /^img_[0-9a-f]{64}$/

/** Stored pictures that the messages name, by their ids, as the endpoint takes pictures. */
async function storedPictures(
  { services, principal: { tenant }, endpoint }: Asker,
  request: ForwardedRequest,
): Promise<ReadonlyMap<string, SentPicture>> {
  const pictures = new Map<string, SentPicture>()
  for (const [index, { content }] of request.messages.entries()) {
    if (!Array.isArray(content)) continue
    for (const [place, part] of content.entries()) {
      const id = addressIn(part)
      if (id === undefined || !STORED.test(id) || pictures.has(id)) continue
      const image = await at(`/messages/${index}/content/${place}/image_url/url`, () =>
        services.catalogue.images.find(tenant, id.slice('img_'.length)),
      )
      pictures.set(id, await services.openPicture(tenant, endpoint)(image))
    }
  }
  return pictures
}
