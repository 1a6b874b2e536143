/**
 * JSON bodies with pictures in base64. Each picture is written once, directly into the body, since base64
 * needs no JSON escapes.
 * @module
 */
import { base64Length, writeBase64 } from '../../contracts/base64.ts'
import type { Picture } from './stored-picture.ts'

/** A part of a body: JSON text, or a picture that is written as base64. */
export type Piece = string | Picture

export function concatenated(pieces: readonly Piece[]): Uint8Array {
  const encoder = new TextEncoder()
  const encoded = pieces.map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece))
  const lengths = encoded.map((piece) => ('bytes' in piece ? base64Length(piece.bytes.length) : piece.length))
  const body = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  encoded.forEach((piece, index) => {
    if ('bytes' in piece) writeBase64(piece.bytes, body, at)
    else body.set(piece, at)
    at += lengths[index]!
  })
  return body
}
