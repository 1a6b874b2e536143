/**
 * Keeping of a chat completion (`store: true`).
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { Fault } from '../../../contracts/failure.ts'
import { MOST_STORED_REQUEST_BYTES, type StoredCompletion } from '../../../contracts/stored-completion.ts'
import { addressIn } from '../../../models/endpoint/chat/forward-chat.ts'
import type { Services } from '../../app-context.ts'
import { bytesOfDataUri } from '../../body/data-uri.ts'
import { storePicture } from '../../stored-pictures.ts'
import type { ChatCompletion, ChatCreate } from './schema.ts'

/**
 * The request with stored pictures in place of its `data:` URIs. Nothing has been paid for so far.
 * @throws {Fault} `bad_image` and its like for a picture; `too_large` for a request that cannot be stored
 */
export async function withStoredPictures(services: Services, tenant: string, request: ChatCreate): Promise<ChatCreate> {
  const messages: ChatCreate['messages'] = []
  for (const [index, message] of request.messages.entries()) {
    const { content } = message
    if (!Array.isArray(content)) {
      messages.push(message)
      continue
    }
    const parts: unknown[] = []
    for (const [place, part] of content.entries())
      parts.push(await at(`/messages/${index}/content/${place}/image_url/url`, () => storedPart(services, tenant, part)))
    messages.push({ ...message, content: parts })
  }
  const stored = { ...request, messages }
  const actual = new TextEncoder().encode(JSON.stringify(stored)).length
  if (actual > MOST_STORED_REQUEST_BYTES)
    throw new Fault({
      kind: 'too_large',
      what: 'a request that is to be stored',
      limit: MOST_STORED_REQUEST_BYTES,
      actual,
      unit: 'bytes',
      remedy: 'leave store out',
    })
  return stored
}

async function storedPart(services: Services, tenant: string, part: unknown): Promise<unknown> {
  const address = addressIn(part)
  if (address === undefined || !/^data:/i.test(address)) return part
  const { image } = await storePicture(services, tenant, bytesOfDataUri(address))
  const { image_url: hints, ...rest } = part as { readonly image_url: object }
  return { ...rest, image_url: { ...hints, url: `img_${image.sha256}` } }
}

/** Stores a completion with its request. @param request - of {@link withStoredPictures} */
export async function storeCompletion(
  services: Services,
  tenant: string,
  request: ChatCreate,
  completion: ChatCompletion,
): Promise<void> {
  const { model, messages, metadata, stream: _stream, stream_options: _options, store: _store, ...parameters } = request
  await services.completions.put(tenant, {
    id: completion.id,
    model,
    metadata: metadata ?? {},
    messages,
    parameters,
    completion,
  })
}

export const storedShape = ({ completion, metadata }: StoredCompletion): ChatCompletion => ({
  ...(completion as ChatCompletion),
  metadata,
})
