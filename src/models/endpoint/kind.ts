/**
 * The model kind `endpoint`: a model on a machine that an administrator configured.
 * @module
 */
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { answersLater, perConsumer, requestsOf } from '../../contracts/endpoint.ts'
import type { DatasetVersion } from '../../contracts/dataset.ts'
import { addressDigest } from '../../contracts/endpoint-address.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { itemPages } from '../../contracts/item-pages.ts'
import type { ImageReference, TaskId } from '../../contracts/item.ts'
import { CONSUMER_MS, type Model, type ModelIdentityOf, type OutputKind } from '../../contracts/model.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { promptsOf } from '../../contracts/label-prompts.ts'
import type { SignedLinks } from '../../contracts/signed-link.ts'
import type { OpenSubmissionFiles } from '../../contracts/submission-files.ts'
import { taskOf } from '../../tasks/registry.ts'
import type { RecordedKindParts } from '../recorded/kinds.ts'
import { openCaptions, resolveCaptions } from '../recorded/recorded-captions.ts'
import { type ModelKind, type OpenRequest, REFERENCE_POINTER, type ResolveRequest } from '../model-kind.ts'
import { createBatchDispatcher } from './batch/batch-dispatcher.ts'
import { type CallEndpoint, createCaller, type RetryParts, secretsOf } from './call-endpoint.ts'
import { chatSupports, createChatModel } from './chat/chat-model.ts'
import { createDeferredModel } from './deferred/deferred-model.ts'
import type { Dispatcher } from './deferred/dispatcher.ts'
import { createServiceClient } from './deferred/service-client.ts'
import { TEXTS_PER_REQUEST } from './embeddings/embed-inputs.ts'
import { createEmbeddingsModel, embeddingsSupport } from './embeddings/embeddings-model.ts'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import { chatIdentity, embedderIdentity, embeddingsIdentity, graderIdentity } from './identity.ts'
import { createJobDispatcher } from './job/job-dispatcher.ts'
import { type CallParts, openAccount } from './ledger/open-account.ts'
import type { Pacer } from './pacing/pacer.ts'
import { createOpenPicture, type ScalePicture } from './picture-policy.ts'
import { type EndpointReference, endpointReference } from './reference.ts'
import { createSharedPacer, type SharedTurns } from './pacing/shared-pacer.ts'
import type { SenderParts } from './send-request.ts'

export interface EndpointKindParts extends RecordedKindParts, RetryParts, Pick<SenderParts, 'egress'> {
  readonly endpoints: Pick<CatalogueStore['endpoints'], 'find'>
  readonly secrets: Pick<EndpointSecrets, 'open'>
  readonly readImage: (tenant: string, image: Pick<ImageReference, 'sha256'>) => Promise<Uint8Array>
  readonly scalePicture: ScalePicture
  readonly calls: CallParts
  readonly links: SignedLinks
  readonly submissionFiles: OpenSubmissionFiles
  /** Headers of a delivery, signed as Standard Webhooks does. */
  readonly sign: (secret: string, id: string, body: Uint8Array) => Promise<Readonly<Record<string, string>>>
  /** The turns of an endpoint, shared by all consumers. */
  readonly turnsOf: (tenant: string, endpoint: Pick<EndpointRecord, 'name' | 'baseUrl'>) => SharedTurns
}

export const endpointKind: ModelKind<EndpointKindParts, typeof endpointReference, ModelIdentityOf<'endpoint'>> = {
  reference: endpointReference,
  connect: (parts) => ({
    async resolve({ tenant, dataset, purpose, reference: given, count, outputs }) {
      const endpoint = await at(`${REFERENCE_POINTER}/endpoint`, () => parts.endpoints.find(tenant, given.endpoint))
      if (purpose !== undefined && answersLater(endpoint))
        throw unprocessableField(
          `${REFERENCE_POINTER}/endpoint`,
          `a grading model answers while an item is scored, and an endpoint of the kind ${endpoint.kind} answers later; name one of the kind chat or embeddings`,
        )
      // A server of chat completions may have embeddings too: an embedding grader asks it, whatever its kind.
      const requests = purpose === 'embedder' ? 'embeddings' : requestsOf(endpoint)
      const identity = await (purpose === 'embedder'
        ? embedderIdentity(given, endpoint)
        : requests === 'chat'
          ? purpose === 'grader'
            ? graderIdentity(given, endpoint)
            : chatIdentity(given, endpoint, dataset.task)
          : embeddingsIdentity(given, endpoint, dataset))
      const captions = given.captions && (await resolveCaptions(parts, tenant, dataset, given.captions))
      return {
        identity: captions === undefined ? identity : { ...identity, captions: captions.identity },
        concurrency: perConsumer(endpoint),
        calls: {
          // A picture and the texts of its item, which may be shared by a shard.
          requestsPerItem:
            requests === 'chat'
              ? await chatRequestsPerItem(parts, dataset, { count, outputs })
              : purpose === 'embedder'
                ? 1
                : framesPerItem(dataset) + textRequestsPerItem(dataset, given, endpoint),
          maxAttempts: endpoint.maxAttempts,
          images: purpose === 'embedder' ? 0 : picturesPerItem(dataset),
          maxCompletionTokens: requests === 'chat' ? (given.sampling_params?.max_completion_tokens ?? null) : 0,
          price: endpoint.settings.price,
        },
        queue: 'endpoint',
        ...(answersLater(endpoint) && SUBMITTED_SHARD),
        supports:
          purpose === 'grader' && requests === 'chat' ? answersText : (...asked) => supportsOf(endpoint, dataset, ...asked),
        async prepare() {
          if (purpose === undefined && taskOf(dataset.task).prompt?.needsPicture !== false && dataset.images === 0)
            throw unprocessableField(
              '/data_source/dataset',
              'it was imported without pictures, and an endpoint is asked about pictures; import it with them',
            )
          await captions?.prepare()
        },
      }
    },
    async open({ run, identity, range }) {
      const endpoint = await parts.endpoints.find(run.tenant, identity.endpoint)
      const { address_digest: planned } = identity
      if (planned !== undefined && planned !== (await addressDigest(endpoint.baseUrl)))
        throw new Error(`run ${run.id} was planned for another address of endpoint ${identity.endpoint}`)
      const secret = parts.secrets.open(run.tenant, endpoint)
      const account = await openAccount(parts.calls, run, endpoint, identity.revision)
      const readImage = (image: Pick<ImageReference, 'sha256'>) => parts.readImage(run.tenant, image)
      const { capabilities, embeddings, pictures } = endpoint.settings
      const until = () => parts.now() + (answersLater(endpoint) ? SUBMITTED_PICTURE_MS : PICTURE_MS)
      const openPicture = createOpenPicture({
        send: pictures.send,
        // As planned: another size may get other answers.
        maxPixels: identity.max_pixels ?? null,
        readImage,
        scale: parts.scalePicture,
        links: parts.links,
        tenant: run.tenant,
        until,
      })
      const captions = 'captions' in identity ? await openCaptions(parts, { run, range }, identity.captions) : asItIs
      const modelWith = (call: CallEndpoint): Model =>
        identity.kind === 'embeddings'
          ? captions(createEmbeddingsModel({ endpoint, call, readImage, openPicture, identity, encoding: embeddings.encoding }))
          : createChatModel({ endpoint, call, readImage, openPicture, identity, logprobs: capabilities.logprobs })
      if (!answersLater(endpoint))
        return modelWith(
          createCaller({ ...parts, endpoint, secret, account, pacer: pacerOf(parts, run.tenant, endpoint, SHARD_WAITS) }),
        )
      return createDeferredModel({
        run,
        endpoint,
        modelWith,
        account,
        ledgers: parts.calls.ledgers,
        dispatcher: endpoint.kind === 'job' ? jobsOf(parts, run, endpoint, secret) : batchesOf(parts, run, endpoint, secret),
        secrets: secretsOf(endpoint, secret),
        newId: parts.calls.newId,
        now: parts.now,
      })
    },
  }),
}

type Run = OpenRequest['run']

const asItIs = (model: Model): Model => model

const batchesOf = (parts: EndpointKindParts, run: Run, endpoint: EndpointRecord, secret: string | undefined): Dispatcher =>
  createBatchDispatcher({
    ...parts,
    client: createServiceClient({ ...parts, endpoint, secret }),
    run: run.id,
    maxAttempts: endpoint.maxAttempts,
  })

/** The secret signs, so it is not sent. */
function jobsOf(parts: EndpointKindParts, run: Run, endpoint: EndpointRecord, secret: string | undefined): Dispatcher {
  if (secret === undefined) throw new Error(`endpoint ${endpoint.name} takes jobs without a secret`)
  return createJobDispatcher({
    client: createServiceClient({ ...parts, endpoint, secret: undefined }),
    run,
    files: parts.submissionFiles,
    ledgers: parts.calls.ledgers,
    links: parts.links,
    sign: (id, body) => parts.sign(secret, id, body),
    now: parts.now,
  })
}

function supportsOf(endpoint: EndpointRecord, dataset: DatasetVersion, task: TaskId, output: OutputKind): true | string {
  const { name, settings } = endpoint
  const supported = requestsOf(endpoint) === 'chat' ? chatSupports(task, output) : embeddingsSupport(task, output)
  const { images } = settings.capabilities
  const pictures = picturesPerItem(dataset)
  if (supported !== true || pictures <= images) return supported
  return `endpoint ${name} takes ${images} pictures per request (capabilities.images), and ${task} items have ${pictures}`
}

const answersText = (_task: TaskId, output: OutputKind): true | string =>
  output === 'text' || `an endpoint answers with text, not ${output}`

/** One per item; the mean number of texts or options where each of them is asked about, or shown first. */
async function chatRequestsPerItem(
  { datasets }: Pick<EndpointKindParts, 'datasets'>,
  { tenant, datasetId, digest, task }: DatasetVersion,
  { count, outputs }: Pick<ResolveRequest, 'count' | 'outputs'>,
): Promise<number> {
  const { prompt, fits, texts } = taskOf(task)
  const isOnce = outputs?.has('rotations') !== true && (prompt !== null || fits === undefined)
  if (isOnce || count === 0) return 1
  const reader = await at('/data_source/dataset', () => datasets.open(tenant, datasetId, digest))
  let requests = 0
  for await (const page of itemPages(reader, count)) for (const item of page) requests += texts(item).length
  return requests / count
}

/** Pictures per item: more than one for clips, whose frames are sent one by one. */
const framesPerItem = ({ images, items }: DatasetVersion): number => Math.max(1, Math.ceil(images / Math.max(1, items)))

/** Requests for texts per item. Labels are sent once per shard, which has an item per concurrent request. */
function textRequestsPerItem({ candidates }: DatasetVersion, { templates }: EndpointReference, endpoint: EndpointRecord): number {
  if (candidates === undefined) return 1
  const texts = promptsOf(candidates, templates).reduce((sum, { prompts }) => sum + prompts.length, 0)
  return Math.ceil(Math.ceil(texts / TEXTS_PER_REQUEST) / perConsumer(endpoint))
}

/** Milliseconds for which the address of a picture works: a request with retries, or a submission. */
const PICTURE_MS = 3_600_000
const SUBMITTED_PICTURE_MS = 26 * PICTURE_MS

/**
 * Shards of an endpoint that answers later. Each is one batch, and providers limit their number. Each item
 * costs six statements of the thousand that an invocation has.
 */
const SUBMITTED_SHARD = { shardSize: 100, largestShard: 128 } as const

/** Milliseconds for which requests wait for their turns. */
interface Waits {
  /** Further attempts, and all where `begin` is absent. */
  readonly patience: number
  /** First attempts, from now on. */
  readonly begin?: number
}

/** A queue consumer has 15 minutes, and the requests under way take up to two. */
const SHARD_WAITS: Waits = { patience: 600_000, begin: CONSUMER_MS }

export function pacerOf(
  { turnsOf, now }: Pick<EndpointKindParts, 'turnsOf' | 'now'>,
  tenant: string,
  endpoint: EndpointRecord,
  { patience, begin }: Waits,
): Pacer {
  const { requests_per_minute: requestsPerMinute, tokens_per_minute: tokensPerMinute } = endpoint.settings.limits
  return createSharedPacer({
    turns: turnsOf(tenant, endpoint),
    limits: { requestsPerMinute, tokensPerMinute, concurrency: endpoint.concurrency },
    now,
    until: now() + patience,
    ...(begin !== undefined && { beginUntil: now() + begin }),
  })
}

/** Most pictures of an item: statements about pairs have two; imports of videos count their frames. */
function picturesPerItem({ task, source }: Pick<DatasetVersion, 'task' | 'source'>): number {
  const { pictures } = taskOf(task)
  return pictures === 'frames' ? Number(source['frames'] ?? 1) : Math.max(1, pictures)
}
