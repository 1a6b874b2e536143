/**
 * Canonical Huffman codes of Deflate (RFC 1951, section 3.2.2), prepared for decoding.
 * @module
 */

/** Codes up to this many bits are found in one step; longer ones are rare by construction. */
export const FAST_BITS = 10

export const MAX_BITS = 15

export interface HuffmanCode {
  /** By the next {@link FAST_BITS} bits, first bit lowest: `symbol << 4 | length`, or 0 where the code is longer or unused. */
  readonly fast: Uint16Array
  /** How many codes each length has. */
  readonly counts: Uint16Array
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array
}

/**
 * @param lengths code length of each symbol, 0 where unused; at most 15
 * @returns undefined for lengths that no code has: over-subscribed, or incomplete with more than one code (as zlib judges)
 */
export function huffmanCode(lengths: Uint8Array): HuffmanCode | undefined {
  const counts = new Uint16Array(MAX_BITS + 1)
  for (const length of lengths) counts[length]!++
  counts[0] = 0
  let unused = 1
  for (let length = 1; length <= MAX_BITS; length++) {
    unused = unused * 2 - counts[length]!
    if (unused < 0) return undefined
  }
  const used = counts.reduce((sum, count) => sum + count, 0)
  if (unused > 0 && used > 0 && !(used === 1 && counts[1] === 1)) return undefined

  const nextIndex = new Uint16Array(MAX_BITS + 2)
  const nextCode = new Uint16Array(MAX_BITS + 2)
  for (let length = 1; length <= MAX_BITS; length++) {
    nextIndex[length + 1] = nextIndex[length]! + counts[length]!
    nextCode[length + 1] = (nextCode[length]! + counts[length]!) << 1
  }
  const symbols = new Uint16Array(used)
  const fast = new Uint16Array(1 << FAST_BITS)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    symbols[nextIndex[length]!++] = symbol
    const code = nextCode[length]!++
    if (length > FAST_BITS) continue
    for (let i = reversed(code, length); i < fast.length; i += 1 << length) fast[i] = (symbol << 4) | length
  }
  return { fast, counts, symbols }
}

function reversed(code: number, length: number): number {
  let result = 0
  for (let bit = 0; bit < length; bit++) result |= ((code >> bit) & 1) << (length - 1 - bit)
  return result
}
