/**
 * The body of an OpenAI-compatible chat completion: messages of texts and pictures.
 * @module
 */
import type { Sampling } from '../../../contracts/sampling.ts'
import { concatenated, type Piece } from '../json-with-pictures.ts'
import type { SentPicture } from '../picture-policy.ts'

export type ChatPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image'; readonly image: SentPicture }

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: readonly ChatPart[]
}

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly sampling: Sampling
  /** Log-probabilities wanted per token of the answer, at most 20; absent: none. */
  readonly topLogprobs?: number
}

/**
 * Pictures are data URIs or addresses. Roles other than `user` have their texts as one string, since many
 * servers accept no parts there.
 */
export function encodeChatRequest({ model, messages, sampling, topLogprobs }: ChatRequest): Uint8Array {
  const rest = JSON.stringify({
    model,
    ...sampling,
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: topLogprobs }),
  })
  return concatenated(['{"messages":[', ...separated(messages.map(piecesOf)), '],', rest.slice(1)])
}

function piecesOf({ role, content }: ChatMessage): Piece[] {
  const start = `{"role":${JSON.stringify(role)},"content":`
  if (role !== 'user') return [`${start}${JSON.stringify(textOf(content))}}`]
  const parts = content.map((part): Piece[] =>
    part.type === 'text' ? [JSON.stringify({ type: 'text', text: part.text })] : imagePieces(part.image),
  )
  return [`${start}[`, ...separated(parts), ']}']
}

const imagePieces = (image: SentPicture): Piece[] =>
  'url' in image
    ? [JSON.stringify({ type: 'image_url', image_url: { url: image.url } })]
    : [`{"type":"image_url","image_url":{"url":"data:${image.mediaType};base64,`, image, '"}}']

/** @throws {TypeError} for a picture, which only a user's message may have */
function textOf(content: readonly ChatPart[]): string {
  const texts = content.map((part) => {
    if (part.type === 'image') throw new TypeError('only a message of the user may have pictures')
    return part.text
  })
  return texts.join('\n')
}

export const separated = (lists: readonly Piece[][]): Piece[] =>
  lists.flatMap((pieces, index) => (index === 0 ? pieces : [',', ...pieces]))
