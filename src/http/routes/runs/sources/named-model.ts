/**
 * OpenAI's member `model`, one text, as a model of this tenant.
 * @module
 */
import { Fault, unprocessableField } from '../../../../contracts/failure.ts'
import type { EndpointRecord } from '../../../../contracts/records.ts'
import type { PromptTemplate } from '../../../../contracts/prompt.ts'
import type { Sampling } from '../../../../contracts/sampling.ts'
import type { ModelReference } from '../../../../models/registry.ts'
import type { Services } from '../../../app-context.ts'

/** The endpoint for names without an endpoint, such as `gpt-4o-mini` in code written for OpenAI. */
const DEFAULT_ENDPOINT = 'default'

export interface Asked {
  readonly prompt?: PromptTemplate
  readonly sampling: Sampling
}

/**
 * - `endpoint/model`: the model at a configured endpoint;
 * - the id of an edge model;
 * - any other name: that model at the endpoint called `default`.
 * @param pointer - place of the name in the request
 * @throws {Fault} `unprocessable`, with the ways to name a model
 */
export async function namedModel(
  services: Pick<Services, 'catalogue' | 'edgeModels'>,
  tenant: string,
  name: string,
  { prompt, sampling }: Asked,
  pointer: string,
): Promise<ModelReference> {
  const [first, rest] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
  const at = (endpoint: string, model: string): ModelReference => ({
    type: 'endpoint',
    endpoint,
    model,
    ...(prompt !== undefined && { prompt }),
    sampling_params: sampling,
  })
  if (name.includes('/') && rest !== '' && (await endpointOf(services, tenant, first)) !== null) return at(first, rest)
  if ((await services.edgeModels.find(tenant, name)) !== null) return { type: 'edge_model', model: name }
  if ((await endpointOf(services, tenant, DEFAULT_ENDPOINT)) !== null) return at(DEFAULT_ENDPOINT, name)
  throw unprocessableField(
    pointer,
    `no model ${JSON.stringify(name)}: write endpoint/model with an endpoint that an administrator configured, ` +
      `the id of an edge model, or have an endpoint called "${DEFAULT_ENDPOINT}" configured for plain names`,
  )
}

async function endpointOf(
  { catalogue }: Pick<Services, 'catalogue'>,
  tenant: string,
  name: string,
): Promise<EndpointRecord | null> {
  try {
    return await catalogue.endpoints.find(tenant, name)
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'not_found') return null
    throw error
  }
}
