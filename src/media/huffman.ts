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

/** Tables of a code that may be filled again: a stream has thousands of codes, one at a time of each use. */
export interface HuffmanTables extends HuffmanCode {
  readonly next: Uint16Array
}

/** @param most symbols that a code may have */
export function huffmanTables(most: number): HuffmanTables {
  return {
    fast: new Uint16Array(1 << FAST_BITS),
    counts: new Uint16Array(MAX_BITS + 1),
    symbols: new Uint16Array(most),
    next: new Uint16Array(2 * (MAX_BITS + 2)),
  }
}

/**
 * @param lengths code length of each symbol, 0 where unused; at most 15
 * @param tables filled and returned
 * @returns undefined for lengths that no code has: over-subscribed, or incomplete with more than one code (as zlib judges)
 */
export function huffmanCode(lengths: Uint8Array, tables: HuffmanTables = huffmanTables(lengths.length)): HuffmanCode | undefined {
  const { fast, counts, symbols, next } = tables
  counts.fill(0)
  for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]!]!++
  counts[0] = 0
  let unused = 1
  let used = 0
  for (let length = 1; length <= MAX_BITS; length++) {
    unused = unused * 2 - counts[length]!
    used += counts[length]!
    if (unused < 0) return undefined
  }
  if (unused > 0 && used > 0 && !(used === 1 && counts[1] === 1)) return undefined

  // The first half: the next place among the symbols; the second: the next code.
  const codes = MAX_BITS + 2
  next.fill(0)
  for (let length = 1; length <= MAX_BITS; length++) {
    next[length + 1] = next[length]! + counts[length]!
    next[codes + length + 1] = (next[codes + length]! + counts[length]!) << 1
  }
  fast.fill(0)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    symbols[next[length]!++] = symbol
    const code = next[codes + length]!++
    if (length > FAST_BITS) continue
    for (let i = reversed(code, length); i < fast.length; i += 1 << length) fast[i] = (symbol << 4) | length
  }
  return tables
}

function reversed(code: number, length: number): number {
  let result = 0
  for (let bit = 0; bit < length; bit++) result |= ((code >> bit) & 1) << (length - 1 - bit)
  return result
}
