/**
 * Huffman tables of JPEG's DHT segments (ITU-T T.81, annex C), prepared for decoding.
 * @module
 */
import { badImage } from '../bad-image.ts'

/** Longest code decoded by one look-up, in bits. */
export const LOOKAHEAD_BITS = 9

export interface HuffmanTable {
  /** Indexed by the next {@link LOOKAHEAD_BITS} bits: `length << 8 | symbol`; 0 if the code is longer. */
  readonly lookup: Uint16Array
  /** Largest code of each length 1 to 16; -1 if there is none. */
  readonly largest: Int32Array
  /** Added to a code of each length, gives its index in `symbols`. */
  readonly offset: Int32Array
  readonly symbols: Uint8Array
}

/**
 * @param counts number of codes of each length 1 to 16
 * @param symbols in the order of their codes
 * @throws {Fault} `bad_image`, `corrupt`: more codes than a length can hold
 */
export function buildHuffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const lookup = new Uint16Array(1 << LOOKAHEAD_BITS)
  const largest = new Int32Array(17).fill(-1)
  const offset = new Int32Array(17)
  let code = 0
  let index = 0
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1]!
    if (code + count > 1 << length) throw badImage('corrupt', 'the JPEG has an impossible Huffman table')
    offset[length] = index - code
    for (let i = 0; i < count; i++, code++, index++) {
      if (length > LOOKAHEAD_BITS) continue
      const first = code << (LOOKAHEAD_BITS - length)
      lookup.fill((length << 8) | symbols[index]!, first, first + (1 << (LOOKAHEAD_BITS - length)))
    }
    if (count > 0) largest[length] = code - 1
    code <<= 1
  }
  return { lookup, largest, offset, symbols }
}
