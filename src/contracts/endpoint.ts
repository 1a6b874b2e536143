/**
 * Settings of an endpoint besides its address: one shape on the wire and in storage.
 * @module
 */
import { z } from 'zod'

/**
 * - `chat`: OpenAI's `/chat/completions`.
 * - `embeddings`: OpenAI's `/embeddings`, with pictures as infinity or vLLM take them.
 * - `batch`: OpenAI's `/batches`, files of either kind of request that are answered later.
 * - `job`: one signed `POST /jobs` of a manifest to a worker that fetches the requests and delivers results.
 */
export const endpointKind = z.enum(['chat', 'embeddings', 'batch', 'job'])
export type EndpointKind = z.infer<typeof endpointKind>

/** Kinds of requests. */
export const requestKind = z.enum(['chat', 'embeddings'])
export type RequestKind = z.infer<typeof requestKind>

const price = z.number().min(0).max(1_000_000)

/** US dollars. Used for estimates, budgets and the ledger; no score depends on it. */
export const endpointPrice = z.strictObject({
  input_per_million: price.describe('US dollars per million tokens of the request.'),
  output_per_million: price.describe('US dollars per million tokens of the answer.'),
  per_image: price.default(0).describe('US dollars per picture, where a provider bills pictures apart from tokens.'),
})

export const endpointLimits = z.strictObject({
  requests_per_minute: z.int().positive().max(1_000_000).nullable().default(null).describe('null: unknown.'),
  tokens_per_minute: z.int().positive().max(1_000_000_000).nullable().default(null).describe('null: unknown.'),
})

export const dailyBudget = z.strictObject({
  max_requests: z.int().positive().nullable().default(null).describe('Most requests, retries included. null: unlimited.'),
  max_cost_usd: z
    .number()
    .gt(0)
    .max(1_000_000)
    .nullable()
    .default(null)
    .describe('Most US dollars at its price. null: unlimited.'),
})

export const endpointCapabilities = z.strictObject({
  images: z.int().min(0).max(64).default(64).describe('Pictures that one request may have. A task with more is refused.'),
  logprobs: z
    .boolean()
    .default(false)
    .describe(
      'Whether a chat endpoint gives log-probabilities. They are then asked for, and each item has P(yes) of yes and no.',
    ),
})

export const embeddingsShape = z.strictObject({
  images: z
    .enum(['modality', 'messages'])
    .default('modality')
    .describe('`modality`: addresses in `input`, with `modality: "image"` (infinity). `messages`: a chat message (vLLM).'),
  encoding: z
    .enum(['base64', 'float'])
    .default('base64')
    .describe('How vectors are sent back. Both are exact for 32-bit floats.'),
})

export const picturePolicy = z.strictObject({
  send: z
    .enum(['data_uri', 'signed_url'])
    .default('data_uri')
    .describe('`data_uri`: bytes in the request. `signed_url`: an address of this deployment that expires.'),
  max_pixels: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'A larger picture is scaled down to so many pixels and sent as PNG; each output item says so. It is part of the ' +
        'specification of a run. null: pictures are sent as they are stored.',
    ),
})
export type PicturePolicy = z.infer<typeof picturePolicy>

/** The members stored as JSON. */
export const endpointSettings = z.strictObject({
  /** Requests of a `batch` or a `job`; the other kinds have them in their name. */
  requests: requestKind.default('chat'),
  price: endpointPrice.nullable().default(null),
  limits: endpointLimits.prefault({}),
  capabilities: endpointCapabilities.prefault({}),
  embeddings: embeddingsShape.prefault({}),
  pictures: picturePolicy.prefault({}),
  daily_budget: dailyBudget.prefault({}),
})
export type EndpointSettings = z.infer<typeof endpointSettings>

/** The kind of an endpoint's requests, whichever way they take. */
export const requestsOf = ({
  kind,
  settings,
}: {
  readonly kind: EndpointKind
  readonly settings: EndpointSettings
}): RequestKind => (kind === 'chat' || kind === 'embeddings' ? kind : settings.requests)

/** Connections that a Worker may have open at once. */
const MOST_CONNECTIONS = 6

/** Requests that one consumer sends at once to an endpoint that takes `concurrency` of all consumers. */
export const perConsumer = ({ concurrency }: { readonly concurrency: number }): number => Math.min(MOST_CONNECTIONS, concurrency)

/** Whether the answers of an endpoint come later, so that an item cannot wait for them. */
export const answersLater = ({ kind }: { readonly kind: EndpointKind }): boolean => kind === 'batch' || kind === 'job'

/** Settings of an endpoint that was stored before it had any. @internal */
export const DEFAULT_SETTINGS: EndpointSettings = endpointSettings.parse({})
