/**
 * OpenAI's member `model`, one text, as a model of this tenant.
 * @module
 */
import { Fault, unprocessableField } from '../contracts/failure.ts'
import type { EndpointRecord } from '../contracts/records.ts'
import type { PromptTemplate } from '../contracts/prompt.ts'
import type { Sampling } from '../contracts/sampling.ts'
import type { ModelReference } from '../models/registry.ts'
import type { AnsweringSkill } from '../contracts/fusion-manifest.ts'
import type { Services } from './app-context.ts'

/** The endpoint for names without an endpoint, such as `gpt-4o-mini` in code written for OpenAI. */
const DEFAULT_ENDPOINT = 'default'

/** A model at a configured endpoint. */
export interface EndpointModel {
  readonly endpoint: EndpointRecord
  readonly model: string
}

export interface Asked {
  readonly prompt?: PromptTemplate
  /** For an edge model. */
  readonly skill?: AnsweringSkill | undefined
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
  services: Pick<Services, 'catalogue' | 'edgeModels' | 'answeringModels'>,
  tenant: string,
  name: string,
  { prompt, skill, sampling }: Asked,
  pointer: string,
): Promise<ModelReference> {
  const found = await modelNamed(name, {
    endpoint: (endpoint) => findEndpoint(services, tenant, endpoint),
    edge: async (id) => {
      const found = (await services.edgeModels.find(tenant, id)) ?? (await services.answeringModels.find(tenant, id))
      const asked = { ...(prompt !== undefined && { prompt }), ...(skill !== undefined && { skill }) }
      return found === null ? null : ({ type: 'edge_model', model: id, ...asked } as const)
    },
  })
  if (found === null) throw unprocessableField(pointer, noModel(name))
  if (!('endpoint' in found)) return found
  const { endpoint, model } = found
  return {
    type: 'endpoint',
    endpoint: endpoint.name,
    model,
    ...(prompt !== undefined && { prompt }),
    sampling_params: sampling,
  }
}

/** Looks a name up in that order. null: there is no such model. */
export async function modelNamed<Edge extends object>(
  name: string,
  find: { endpoint(name: string): Promise<EndpointRecord | null>; edge(id: string): Promise<Edge | null> },
): Promise<EndpointModel | Edge | null> {
  const slash = name.indexOf('/')
  const model = name.slice(slash + 1)
  const named = slash > 0 && model !== '' ? await find.endpoint(name.slice(0, slash)) : null
  if (named !== null) return { endpoint: named, model }
  const edge = await find.edge(name)
  if (edge !== null) return edge
  const preset = await find.endpoint(DEFAULT_ENDPOINT)
  return preset && { endpoint: preset, model: name }
}

export const noModel = (name: string): string =>
  `no model ${JSON.stringify(name)}: write endpoint/model with an endpoint that an administrator configured, ` +
  `the id of an edge model, or have an endpoint called "${DEFAULT_ENDPOINT}" configured for plain names`

/** null: there is no endpoint of that name. */
export async function findEndpoint(
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
