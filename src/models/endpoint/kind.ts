/**
 * The model kind `endpoint`: a model on a machine that an administrator configured.
 * @module
 */
import { z } from 'zod'
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import { addressDigest } from '../../contracts/endpoint-address.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import type { ImageReference } from '../../contracts/item.ts'
import type { ModelIdentityOf } from '../../contracts/model.ts'
import { promptTemplate } from '../../contracts/prompt.ts'
import { sampling } from '../../contracts/sampling.ts'
import { id } from '../../contracts/wire/common.ts'
import { taskOf } from '../../tasks/registry.ts'
import { type ModelKind, REFERENCE_POINTER } from '../model-kind.ts'
import { createCaller, type RetryParts } from './call-endpoint.ts'
import { chatSupports, createChatModel } from './chat/chat-model.ts'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import type { SenderParts } from './send-request.ts'

export interface EndpointKindParts extends RetryParts, Pick<SenderParts, 'egress'> {
  readonly endpoints: Pick<CatalogueStore['endpoints'], 'find'>
  readonly secrets: Pick<EndpointSecrets, 'open'>
  readonly readImage: (tenant: string, image: ImageReference) => Promise<Uint8Array>
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

export const endpointKind: ModelKind<EndpointKindParts, typeof reference, ModelIdentityOf<'endpoint'>> = {
  reference,
  connect: (parts) => ({
    async resolve({ tenant, dataset, reference: { endpoint, model: named, prompt: given, sampling_params } }) {
      const { prompt: taskPrompt } = taskOf(dataset.task)
      const record = await at(`${REFERENCE_POINTER}/endpoint`, () => parts.endpoints.find(tenant, endpoint))
      const { concurrency, baseUrl } = record
      const model = named ?? record.model
      if (model === null)
        throw unprocessableField(`${REFERENCE_POINTER}/model`, `is needed: the endpoint ${endpoint} has no model of its own`)
      const prompt = given ?? taskPrompt?.template ?? ''
      taskPrompt?.check(prompt, `${REFERENCE_POINTER}/prompt`)
      return {
        identity: {
          type: 'endpoint',
          endpoint,
          address_digest: await addressDigest(baseUrl),
          model,
          prompt,
          sampling: sampling_params ?? {},
        },
        concurrency,
        queue: 'endpoint',
        supports: chatSupports,
        async prepare() {
          if (dataset.images === 0)
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
      return createChatModel({
        identity,
        endpoint,
        call: createCaller({ ...parts, endpoint, secret }),
        readImage: (image) => parts.readImage(run.tenant, image),
      })
    },
  }),
}
