/**
 * Pieces for single bytes, `<0x00>` to `<0xFF>`: SentencePiece's fallback for an unknown character.
 * @module
 */
import { utf8 } from './utf8.ts'

/** Undefined unless every byte of the text has a piece. */
export function byteFallback(text: string, ids: ReadonlyMap<string, number>): number[] | undefined {
  const found: number[] = []
  for (const byte of utf8(text)) {
    const id = ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
    if (id === undefined) return undefined
    found.push(id)
  }
  return found
}
