/**
 * Cost of calls of an endpoint, in billionths of a US dollar (integers, so that sums are exact).
 * @module
 */
import type { EndpointSettings } from './endpoint.ts'
import type { TokenUsage } from './model.ts'

export type CallPrice = NonNullable<EndpointSettings['price']>

/** An endpoint without a price. */
export const FREE: CallPrice = { input_per_million: 0, output_per_million: 0, per_image: 0 }

/** Known facts about the requests of a run before it starts. */
export interface CallShape {
  /** Requests per item, without retries. */
  readonly requestsPerItem: number
  /** Attempts per request. */
  readonly maxAttempts: number
  /** Most pictures of a request. */
  readonly images: number
  /** Most tokens of an answer; null: not limited by the run. */
  readonly maxCompletionTokens: number | null
  /** null: not known. */
  readonly price: CallPrice | null
}

/** Assumed tokens of a prompt's texts, and of each picture, until an answer says how many they are. */
const ASSUMED_TEXT_TOKENS = 500
const ASSUMED_IMAGE_TOKENS = 1500
/** Assumed tokens of an answer without a stated limit: the largest limit that a run may state. */
export const UNLIMITED_COMPLETION_TOKENS = 4096

/** A dollar per million tokens is a thousand billionths per token. */
const NANO_PER_TOKEN = 1000
const NANO_PER_DOLLAR = 1e9

/** UTF-8 bytes of a token: about four in English prose, about three in Chinese, fewer in code. */
const BYTES_PER_TOKEN = 3

export const assumedPromptTokens = (images: number): number => ASSUMED_TEXT_TOKENS + ASSUMED_IMAGE_TOKENS * images

/** Tokens that a text may have, rather too many than too few. @param bytes - of its UTF-8 form */
export const reckonedTokens = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN)

/** Tokens of a prompt whose texts are known. */
export const reckonedPromptTokens = (textBytes: number, images: number): number =>
  reckonedTokens(textBytes) + ASSUMED_IMAGE_TOKENS * images

export function costNano(
  price: CallPrice,
  { prompt_tokens: input, completion_tokens: output }: Pick<TokenUsage, 'prompt_tokens' | 'completion_tokens'>,
  images: number,
): number {
  return Math.ceil(
    NANO_PER_TOKEN * (price.input_per_million * input + price.output_per_million * output) +
      NANO_PER_DOLLAR * price.per_image * images,
  )
}

/** The most that one call is assumed to cost. */
export function heldNano(price: CallPrice, promptTokens: number, maxCompletionTokens: number | null, images: number): number {
  const completion = maxCompletionTokens ?? UNLIMITED_COMPLETION_TOKENS
  return costNano(price, { prompt_tokens: promptTokens, completion_tokens: completion }, images)
}

export const dollars = (nano: number): number => nano / NANO_PER_DOLLAR
export const nanoOf = (usd: number): number => Math.floor(NANO_PER_DOLLAR * usd)
