/**
 * The identity of a model behind an endpoint: each part of it can change a score.
 * @module
 */
import type { DatasetVersion } from '../../contracts/dataset.ts'
import { addressDigest } from '../../contracts/endpoint-address.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import type { TaskId } from '../../contracts/item.ts'
import type { ChatIdentity, EmbeddingsIdentity } from '../../contracts/model.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { taskOf } from '../../tasks/registry.ts'
import { requireLabels } from '../labels-of-run.ts'
import { REFERENCE_POINTER } from '../model-kind.ts'
import type { EndpointReference } from './reference.ts'

export async function chatIdentity(reference: EndpointReference, endpoint: EndpointRecord, task: TaskId): Promise<ChatIdentity> {
  const { prompt: given, sampling_params } = reference
  for (const member of ['templates', 'captions'] as const)
    if (reference[member] !== undefined)
      throw unprocessableField(
        `${REFERENCE_POINTER}/${member}`,
        `are for an endpoint of the kind embeddings; ${endpoint.name} is of the kind chat: leave them out`,
      )
  const { prompt: own, fits } = taskOf(task)
  const taskPrompt = own ?? fits
  const prompt = given ?? taskPrompt?.template ?? ''
  taskPrompt?.check(prompt, `${REFERENCE_POINTER}/prompt`)
  return { ...(await commonIdentity(reference, endpoint)), prompt, sampling: sampling_params ?? {} }
}

/** A grader fills its own prompts, for items of any task. */
export async function graderIdentity(reference: EndpointReference, endpoint: EndpointRecord): Promise<ChatIdentity> {
  return { ...(await commonIdentity(reference, endpoint)), prompt: '', sampling: reference.sampling_params ?? {} }
}

/** A grader embeds texts of its own, for items of any task. */
export async function embedderIdentity(reference: EndpointReference, endpoint: EndpointRecord): Promise<EmbeddingsIdentity> {
  const { images } = endpoint.settings.embeddings
  return { ...(await commonIdentity(reference, endpoint)), kind: 'embeddings', picture_input: images }
}

export async function embeddingsIdentity(
  given: EndpointReference,
  endpoint: EndpointRecord,
  dataset: DatasetVersion,
): Promise<EmbeddingsIdentity> {
  requireLabels(dataset, given.templates, undefined)
  for (const member of ['prompt', 'sampling_params'] as const)
    if (given[member] !== undefined)
      throw unprocessableField(
        `${REFERENCE_POINTER}/${member}`,
        `is for an endpoint of the kind chat; ${endpoint.name} is of the kind embeddings: leave it out`,
      )
  return {
    ...(await commonIdentity(given, endpoint)),
    kind: 'embeddings',
    picture_input: endpoint.settings.embeddings.images,
    ...(given.templates !== undefined && { templates: given.templates }),
  }
}

async function commonIdentity(
  { model: named, revision }: Pick<EndpointReference, 'model' | 'revision'>,
  { name: endpoint, baseUrl, model: own, settings }: EndpointRecord,
) {
  const model = named ?? own
  if (model === null)
    throw unprocessableField(`${REFERENCE_POINTER}/model`, `is needed: the endpoint ${endpoint} has no model of its own`)
  const address_digest = await addressDigest(baseUrl)
  const { max_pixels } = settings.pictures
  return {
    type: 'endpoint',
    endpoint,
    address_digest,
    model,
    ...(revision !== undefined && { revision }),
    ...(max_pixels !== null && { max_pixels }),
  } as const
}
