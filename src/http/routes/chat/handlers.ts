/**
 * `/v1/chat/completions`: a question or statement about pictures to an edge model that answers, or any
 * conversation with a model at a configured endpoint.
 * @module
 */
import { Fault, invalidField } from '../../../contracts/failure.ts'
import type { AnsweringSkill } from '../../../contracts/fusion-manifest.ts'
import type { Principal } from '../../../contracts/records.ts'
import { Answer, type JsonText } from '../../answer.ts'
import type { AppContext } from '../../app-context.ts'
import { textStream, writtenStream } from '../../body/text-stream.ts'
import { type ClaimedKey, claimKey, REPLAYED } from '../../idempotency.ts'
import { type EndpointModel, findEndpoint, modelNamed } from '../../named-model.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { askEdgeModel } from './ask-edge-model.ts'
import { chunksOf } from './completion.ts'
import { completionOf, forwardToEndpoint, identityOf, streamFromEndpoint } from './forward-to-endpoint.ts'
import { createChatCompletion } from './operations.ts'
import type { ChatCompletion, ChatCreate } from './schema.ts'
import { storeCompletion, storedShape, withStoredPictures } from './store-completion.ts'
import { storedCompletionRoutes } from './stored-handlers.ts'
import { eventsOf } from './streamed-completion.ts'

/** Milliseconds for which a request under a key counts as in flight: endpoints stream for minutes. */
const FLIGHT_MS = 12 * 60_000

export const chatRoutes = [
  route(createChatCompletion, async ({ context, principal, idempotencyKey, readJson, createOnce }) => {
    const request = await readJson()
    const creation = { request, status: 200, flight: FLIGHT_MS } as const
    const found = (id: string) => findStored(context, principal, request, id)
    if (request.stream !== true)
      return createOnce({ ...creation, found, make: async (id) => complete(await openChat(context, principal, request, id)) })
    if (idempotencyKey === null) return stream(await openChat(context, principal, request, context.env.services.newId()), null)
    const claimed = await claimKey(context, principal.tenant, idempotencyKey, creation)
    if (claimed instanceof Answer)
      return streamOf(JSON.parse((claimed.body as JsonText<ChatCompletion>).text) as ChatCompletion, request, REPLAYED)
    try {
      const before = claimed.resumed ? await found(claimed.id) : null
      if (before !== null) return streamOf(before, request)
      return await stream(await openChat(context, principal, request, claimed.id), claimed)
    } catch (error) {
      await claimed.fail(error)
      throw error
    }
  }),
  ...storedCompletionRoutes,
]

/** A request whose model is known and whose pictures are stored where it is to be kept. */
interface Chat {
  readonly context: AppContext
  readonly principal: Principal
  readonly request: ChatCreate
  readonly named: EndpointModel | { readonly skills: readonly AnsweringSkill[] }
  readonly head: Pick<ChatCompletion, 'id' | 'created'>
}

/** @throws {Fault} `not_found` for a model that is not there, and as {@link withStoredPictures} */
async function openChat(context: AppContext, principal: Principal, given: ChatCreate, id: string): Promise<Chat> {
  const { services } = context.env
  const { tenant } = principal
  const named = await modelNamed(given.model, {
    endpoint: (name) => findEndpoint(services, tenant, name),
    edge: async (model) => {
      const answering = await services.answeringModels.find(tenant, model)
      if (answering !== null) return { skills: answering.manifest.skills }
      if ((await services.edgeModels.find(tenant, model)) === null) return null
      throw invalidField('/model', `${model} embeds and does not answer; use POST /v1/embeddings or POST /v1/score`)
    },
  })
  if (named === null) throw new Fault({ kind: 'not_found', resource: 'model', id: given.model, pointer: '/model' })
  const head = { id: `chatcmpl-${id}`, created: unixSeconds(services.clock.now()) }
  const request = given.store === true ? await withStoredPictures(services, tenant, given) : given
  return { context, principal, request, named, head }
}

/** Asks, and keeps the answer if it is to be kept. */
async function complete(chat: Chat): Promise<ChatCompletion> {
  const { context, principal, request, named, head } = chat
  const answered =
    'skills' in named
      ? await askEdgeModel(context, principal.tenant, request, named.skills, head)
      : await forwardToEndpoint({ services: context.env.services, principal, ...named }, request, head)
  return kept(chat, answered)
}

async function kept({ context, principal, request }: Chat, answered: ChatCompletion): Promise<ChatCompletion> {
  if (request.store !== true) return answered
  await storeCompletion(context.env.services, principal.tenant, request, answered)
  return { ...answered, metadata: request.metadata ?? {} }
}

/** @param claimed - null without an `Idempotency-Key` */
async function stream(chat: Chat, claimed: ClaimedKey | null): Promise<Answer> {
  const { context, principal, request, named, head } = chat
  if ('skills' in named) {
    const completion = await complete(chat)
    await claimed?.answer(JSON.stringify(completion))
    return streamOf(completion, request)
  }
  const asker = { services: context.env.services, principal, ...named }
  const answer = await streamFromEndpoint(asker, request, head, request.store === true || claimed !== null)
  if ('whole' in answer) {
    const completion = await kept(chat, answer.whole)
    await claimed?.answer(JSON.stringify(completion))
    return streamOf(
      { ...completion, identity: { ...answer.whole.identity, streamed: false } as ChatCompletion['identity'] },
      request,
    )
  }
  const { streamed } = answer
  const identity = await identityOf(asker)
  const events = eventsOf(streamed, {
    head: { ...head, model: request.model },
    includeUsage: request.stream_options?.include_usage === true,
    own: (model) => ({ identity: { ...identity, reported_model: model, streamed: true } }),
    async finish() {
      if (request.store !== true && claimed === null) return
      const completion = await kept(chat, await completionOf(asker, request, head, streamed.folded.completion()))
      await claimed?.answer(JSON.stringify(completion))
    },
    failed: async (error) => claimed?.fail(error),
  })
  // A client that will ask again under its key gets the answer that it did not wait for.
  const mayGoOn = claimed !== null
  const { body, written } = writtenStream(events, { signal: context.req.raw.signal, leave: () => streamed.leave(), mayGoOn })
  context.executionCtx.waitUntil(written)
  return new Answer(200, body, EVENT_STREAM)
}

const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // For nginx: each event is passed on at once.
  'x-accel-buffering': 'no',
}

function streamOf(completion: ChatCompletion, { stream_options: options }: ChatCreate, headers: object = {}): Answer {
  const events = chunksOf(completion, options?.include_usage === true)
  return new Answer(200, textStream(events.values()), { ...EVENT_STREAM, ...headers })
}

/** The completion that an earlier attempt stored under this id. */
async function findStored(
  context: AppContext,
  { tenant }: Principal,
  { store }: ChatCreate,
  id: string,
): Promise<ChatCompletion | null> {
  if (store !== true) return null
  try {
    return storedShape(await context.env.services.completions.find(tenant, `chatcmpl-${id}`))
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'not_found') return null
    throw error
  }
}
