/**
 * What the readers of a file in pieces have in common.
 * @module
 */

/** Bytes that one element or line may take. */
export const ELEMENT_LIMIT = 16 * 2 ** 20

/** The pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
