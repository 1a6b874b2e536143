/**
 * Settings of an endpoint besides its address: one shape on the wire and in storage.
 * @module
 */
import { z } from 'zod'

/**
 * - `chat`: OpenAI's `/chat/completions`.
 * - `embeddings`: OpenAI's `/embeddings`, with pictures as infinity or vLLM take them.
 */
export const endpointKind = z.enum(['chat', 'embeddings'])
export type EndpointKind = z.infer<typeof endpointKind>

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

/** The members stored as JSON. */
export const endpointSettings = z.strictObject({
  price: endpointPrice.nullable().default(null),
  limits: endpointLimits.prefault({}),
  capabilities: endpointCapabilities.prefault({}),
  embeddings: embeddingsShape.prefault({}),
})
export type EndpointSettings = z.infer<typeof endpointSettings>

/** Settings of an endpoint that was stored before it had any. @internal */
export const DEFAULT_SETTINGS: EndpointSettings = endpointSettings.parse({})
