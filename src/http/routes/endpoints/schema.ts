/**
 * Wire shapes of external models.
 * @module
 */
import { z } from '@hono/zod-openapi'
import {
  dailyBudget,
  embeddingsShape,
  endpointCapabilities,
  endpointKind,
  endpointLimits,
  endpointPrice,
  picturePolicy,
  requestKind,
} from '../../../contracts/endpoint.ts'
import { CAPABILITIES } from '../../../models/endpoint/probe/probe-endpoint.ts'
import { createdAt, deletedOf, listOf, pageQueryOf } from '../../../contracts/wire/common.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

const name = z.string().regex(NAME, 'must be 1–64 characters of a–z, 0–9, ".", "_" or "-", starting with a letter or digit')

const model = z.string().min(1).max(256)
const timeoutMs = z.int().min(1000).max(120_000)
const maxAttempts = z.int().min(1).max(10)
const concurrency = z.int().min(1).max(64)
const secretName = z.string().regex(/^ENDPOINT_SECRET_[A-Z0-9_]{1,48}$/, 'must look like ENDPOINT_SECRET_NAME')

export const endpointCreate = z
  .strictObject({
    name: name.describe('Runs name the endpoint by it.'),
    base_url: z
      .url()
      .max(2048)
      .describe(
        'The OpenAI-compatible base, e.g. `https://gpu.example.com/v1`; `/chat/completions` or `/embeddings` is appended.',
      ),
    kind: endpointKind
      .default('chat')
      .describe('`chat` answers with texts, `embeddings` with vectors; `batch` and `job` answer many requests later.'),
    requests: requestKind
      .optional()
      .describe('What a `batch` or a `job` asks. Default: `chat`. The other kinds say it by their name.'),
    model: model.nullish().describe('Asked for where a run names no model.'),
    secret_name: secretName
      .nullish()
      .describe(
        'Name of a secret that begins with `ENDPOINT_SECRET_`; its value is sent as the bearer token. A secret of the Worker, ' +
          'or, locally, a variable in the environment of `npm start`.',
      ),
    timeout_ms: timeoutMs.default(60_000).describe('Per attempt, in milliseconds.'),
    max_attempts: maxAttempts.default(5).describe('Attempts per item, the first included.'),
    concurrency: concurrency
      .default(4)
      .describe('Most requests at once, of all runs and other requests together. `batch` and `job` do not read it.'),
    price: endpointPrice.nullish().describe('For estimates and budgets. Absent or null: not known.'),
    limits: endpointLimits.prefault({}).describe('Limits that the provider sets. Runs stay below them together.'),
    capabilities: endpointCapabilities.prefault({}).describe('`POST /v1/endpoints/{name}/probe` tries each of them.'),
    pictures: picturePolicy.prefault({}).describe('How pictures reach it, byte for byte as imported.'),
    daily_budget: dailyBudget
      .prefault({})
      .describe(
        'Limits on requests outside runs (chat completions, embeddings, single gradings), per UTC day, of all keys together.',
      ),
    embeddings: embeddingsShape.prefault({}).describe('How an `embeddings` endpoint takes pictures and returns vectors.'),
  })
  .openapi('EndpointCreate')

export const endpointUpdate = z
  .strictObject({
    model: model.nullish(),
    secret_name: secretName.nullish(),
    timeout_ms: timeoutMs.optional(),
    max_attempts: maxAttempts.optional(),
    concurrency: concurrency.optional(),
    price: endpointPrice.nullish(),
    limits: endpointLimits.optional(),
    capabilities: endpointCapabilities.optional(),
    embeddings: embeddingsShape.optional(),
    pictures: picturePolicy.optional(),
    daily_budget: dailyBudget.optional(),
  })
  .openapi('EndpointUpdate')

export const endpointObject = z
  .object({
    object: z.literal('endpoint'),
    name: z.string(),
    base_url: z.string().describe('Members see it without its query, which may hold a key.'),
    kind: endpointKind,
    requests: requestKind.describe('What it is asked: chat completions, or embeddings.'),
    model: z.string().nullable(),
    secret_name: z.string().nullable().describe('The name of the secret, never its value.'),
    timeout_ms: z.int(),
    max_attempts: z.int(),
    concurrency: z.int(),
    price: endpointPrice.nullable(),
    limits: endpointLimits,
    capabilities: endpointCapabilities,
    embeddings: embeddingsShape,
    pictures: picturePolicy,
    daily_budget: dailyBudget,
    created_at: createdAt,
  })
  .openapi('Endpoint')

export const endpointProbe = z
  .strictObject({ model: model.optional().describe('The model to try. Default: the model of the endpoint.') })
  .openapi('EndpointProbeRequest')

export const endpointProbeObject = z
  .object({
    object: z.literal('endpoint.probe'),
    endpoint: z.string(),
    model: z.string(),
    results: z.array(
      z.object({
        capability: z.enum(CAPABILITIES),
        works: z.boolean(),
        reason: z.string().describe('The beginning of the answer, or the reason for its absence.'),
        code: z.string().nullable().describe('Code of the failure, as a run would record it; null if it works.'),
      }),
    ),
  })
  .openapi('EndpointProbe')

export const endpointList = listOf(endpointObject)
export const endpointQuery = pageQueryOf(NAME)
export const endpointDeleted = deletedOf('endpoint.deleted').openapi('EndpointDeleted')

export type EndpointObject = z.infer<typeof endpointObject>
