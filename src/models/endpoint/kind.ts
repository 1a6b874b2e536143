/**
 * The model kind `endpoint`: a model on a machine that an administrator configured.
 * @module
 */
import { z } from 'zod'
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { addressDigest } from '../../contracts/endpoint-address.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import type { ImageReference, TaskId } from '../../contracts/item.ts'
import type { ChatIdentity, EmbeddingsIdentity, ModelIdentityOf, OutputKind } from '../../contracts/model.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { promptTemplate } from '../../contracts/prompt.ts'
import { sampling } from '../../contracts/sampling.ts'
import { id } from '../../contracts/wire/common.ts'
import { taskOf } from '../../tasks/registry.ts'
import { type ModelKind, REFERENCE_POINTER } from '../model-kind.ts'
import { createCaller, type RetryParts } from './call-endpoint.ts'
import { chatSupports, createChatModel } from './chat/chat-model.ts'
import { createEmbeddingsModel, embeddingsSupport } from './embeddings/embeddings-model.ts'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import { type CallParts, openAccount } from './ledger/open-account.ts'
import type { Pacer } from './pacing/pacer.ts'
import { createSharedPacer, type SharedTurns } from './pacing/shared-pacer.ts'
import type { SenderParts } from './send-request.ts'

export interface EndpointKindParts extends RetryParts, Pick<SenderParts, 'egress'> {
  readonly endpoints: Pick<CatalogueStore['endpoints'], 'find'>
  readonly secrets: Pick<EndpointSecrets, 'open'>
  readonly readImage: (tenant: string, image: Pick<ImageReference, 'sha256'>) => Promise<Uint8Array>
  readonly calls: CallParts
  /** The turns of an endpoint, shared by all consumers. */
  readonly turnsOf: (tenant: string, endpoint: Pick<EndpointRecord, 'name' | 'baseUrl'>) => SharedTurns
}

const reference = z
  .strictObject({
    type: z.literal('endpoint'),
    endpoint: id.describe('Name of an endpoint that an administrator configured.'),
    model: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('The model that the endpoint is asked for. Default: the model of the endpoint.'),
    prompt: promptTemplate
      .optional()
      .describe(
        'How each item is asked: a text, or messages with `input_text` and `input_image`. `{{item.question}}` and ' +
          '`{{item.image}}` are replaced; docs/tasks.md lists the names of each task. Default: the prompt of the task. ' +
          'A text follows the pictures of the item; messages have the pictures they name.',
      ),
    sampling_params: sampling.optional(),
  })
  .describe('An external model server.')

type Reference = z.output<typeof reference>

export const endpointKind: ModelKind<EndpointKindParts, typeof reference, ModelIdentityOf<'endpoint'>> = {
  reference,
  connect: (parts) => ({
    async resolve({ tenant, dataset, purpose, reference: given }) {
      const endpoint = await at(`${REFERENCE_POINTER}/endpoint`, () => parts.endpoints.find(tenant, given.endpoint))
      const identity = await (endpoint.kind === 'chat'
        ? purpose === 'grader'
          ? graderIdentity(given, endpoint)
          : chatIdentity(given, endpoint, dataset.task)
        : embeddingsIdentity(given, endpoint))
      return {
        identity,
        concurrency: endpoint.concurrency,
        calls: {
          // A picture and the texts of its item, which may be shared by a shard.
          requestsPerItem: endpoint.kind === 'chat' ? 1 : 2,
          maxAttempts: endpoint.maxAttempts,
          images: picturesPerItem(dataset.task),
          maxCompletionTokens: endpoint.kind === 'chat' ? (given.sampling_params?.max_completion_tokens ?? null) : 0,
          price: endpoint.settings.price,
        },
        queue: 'endpoint',
        supports: purpose === 'grader' && endpoint.kind === 'chat' ? answersText : (...asked) => supportsOf(endpoint, ...asked),
        async prepare() {
          if (purpose !== 'grader' && taskOf(dataset.task).prompt?.needsPicture !== false && dataset.images === 0)
            throw unprocessableField(
              '/data_source/dataset',
              'it was imported without pictures, and an endpoint is asked about pictures; import it with them',
            )
        },
      }
    },
    async open({ run, identity }) {
      const endpoint = await parts.endpoints.find(run.tenant, identity.endpoint)
      const { address_digest: planned } = identity
      if (planned !== undefined && planned !== (await addressDigest(endpoint.baseUrl)))
        throw new Error(`run ${run.id} was planned for another address of endpoint ${identity.endpoint}`)
      const secret = parts.secrets.open(run.tenant, endpoint)
      const shared = {
        endpoint,
        call: createCaller({
          ...parts,
          endpoint,
          secret,
          account: await openAccount(parts.calls, run, endpoint),
          pacer: pacerOf(parts, run.tenant, endpoint),
        }),
        readImage: (image: Pick<ImageReference, 'sha256'>) => parts.readImage(run.tenant, image),
      }
      if (identity.kind !== 'embeddings')
        return createChatModel({ ...shared, identity, logprobs: endpoint.settings.capabilities.logprobs })
      return createEmbeddingsModel({ ...shared, identity, encoding: endpoint.settings.embeddings.encoding })
    },
  }),
}

function supportsOf({ name, kind, settings }: EndpointRecord, task: TaskId, output: OutputKind): true | string {
  const supported = kind === 'chat' ? chatSupports(task, output) : embeddingsSupport(task, output)
  const { images } = settings.capabilities
  const pictures = picturesPerItem(task)
  if (supported !== true || pictures <= images) return supported
  return `endpoint ${name} takes ${images} pictures per request (capabilities.images), and ${task} items have ${pictures}`
}

async function chatIdentity(
  { model, prompt: given, sampling_params }: Reference,
  endpoint: EndpointRecord,
  task: TaskId,
): Promise<ChatIdentity> {
  const { prompt: taskPrompt } = taskOf(task)
  const prompt = given ?? taskPrompt?.template ?? ''
  taskPrompt?.check(prompt, `${REFERENCE_POINTER}/prompt`)
  return { ...(await commonIdentity(model, endpoint)), prompt, sampling: sampling_params ?? {} }
}

/** A grader fills its own prompts, for items of any task. */
async function graderIdentity({ model, sampling_params }: Reference, endpoint: EndpointRecord): Promise<ChatIdentity> {
  return { ...(await commonIdentity(model, endpoint)), prompt: '', sampling: sampling_params ?? {} }
}

const answersText = (_task: TaskId, output: OutputKind): true | string =>
  output === 'text' || `an endpoint answers with text, not ${output}`

async function embeddingsIdentity(given: Reference, endpoint: EndpointRecord): Promise<EmbeddingsIdentity> {
  for (const member of ['prompt', 'sampling_params'] as const)
    if (given[member] !== undefined)
      throw unprocessableField(
        `${REFERENCE_POINTER}/${member}`,
        `is for an endpoint of the kind chat; ${endpoint.name} is of the kind embeddings: leave it out`,
      )
  return {
    ...(await commonIdentity(given.model, endpoint)),
    kind: 'embeddings',
    picture_input: endpoint.settings.embeddings.images,
  }
}

async function commonIdentity(named: string | undefined, { name: endpoint, baseUrl, model: own }: EndpointRecord) {
  const model = named ?? own
  if (model === null)
    throw unprocessableField(`${REFERENCE_POINTER}/model`, `is needed: the endpoint ${endpoint} has no model of its own`)
  return { type: 'endpoint', endpoint, address_digest: await addressDigest(baseUrl), model } as const
}

/**
 * Milliseconds after which a shard that waits for turns is put back: a queue consumer has 15 minutes, and the
 * requests under way take up to two.
 */
const SHARD_PATIENCE_MS = 600_000

function pacerOf({ turnsOf, now }: EndpointKindParts, tenant: string, endpoint: EndpointRecord): Pacer {
  const { requests_per_minute: requestsPerMinute, tokens_per_minute: tokensPerMinute } = endpoint.settings.limits
  return createSharedPacer({
    turns: turnsOf(tenant, endpoint),
    limits: { requestsPerMinute, tokensPerMinute },
    now,
    until: now() + SHARD_PATIENCE_MS,
  })
}

/** Most pictures of an item, for estimates: a statement about pairs has two. */
const picturesPerItem = (task: string): number => (task === 'nlvr2' ? 2 : 1)
