/**
 * The body of an OpenAI-compatible chat completion: messages of texts and pictures.
 * @module
 */
import { base64Length, writeBase64 } from '../../../contracts/base64.ts'
import type { Sampling } from '../../../contracts/sampling.ts'
import type { Picture } from '../stored-picture.ts'

export type ChatPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image'; readonly image: Picture }

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: readonly ChatPart[]
}

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly sampling: Sampling
}

/**
 * Pictures are data URIs, written once, directly into the body, since base64 needs no JSON escapes. Roles
 * other than `user` have their texts as one string, since many servers accept no parts there.
 */
export function encodeChatRequest({ model, messages, sampling }: ChatRequest): Uint8Array {
  const rest = JSON.stringify({ model, ...sampling })
  const pieces = ['{"messages":[', ...separated(messages.map(piecesOf)), '],', rest.slice(1)]
  return concatenate(pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)))
}

type Piece<Text = string> = Text | Picture

function piecesOf({ role, content }: ChatMessage): Piece[] {
  const start = `{"role":${JSON.stringify(role)},"content":`
  if (role !== 'user') return [`${start}${JSON.stringify(textOf(content))}}`]
  const parts = content.map((part): Piece[] =>
    part.type === 'text'
      ? [JSON.stringify({ type: 'text', text: part.text })]
      : [`{"type":"image_url","image_url":{"url":"data:${part.image.mediaType};base64,`, part.image, '"}}'],
  )
  return [`${start}[`, ...separated(parts), ']}']
}

/** @throws {TypeError} for a picture, which only a user's message may have */
function textOf(content: readonly ChatPart[]): string {
  const texts = content.map((part) => {
    if (part.type === 'image') throw new TypeError('only a message of the user may have pictures')
    return part.text
  })
  return texts.join('\n')
}

const separated = (lists: readonly Piece[][]): Piece[] =>
  lists.flatMap((pieces, index) => (index === 0 ? pieces : [',', ...pieces]))

function concatenate(pieces: readonly Piece<Uint8Array>[]): Uint8Array {
  const lengthOf = (piece: Piece<Uint8Array>) => ('bytes' in piece ? base64Length(piece.bytes.length) : piece.length)
  const body = new Uint8Array(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0))
  let at = 0
  for (const piece of pieces) {
    if ('bytes' in piece) writeBase64(piece.bytes, body, at)
    else body.set(piece, at)
    at += lengthOf(piece)
  }
  return body
}
