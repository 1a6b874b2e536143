/**
 * Canonical Huffman codes of Deflate (RFC 1951, section 3.2.2), prepared for decoding.
 * @module
 */

/** Longest code found in one step, in bits. Longer codes are rare by construction. */
export const FAST_BITS = 10

export const MAX_BITS = 15

export interface HuffmanCode {
  /**
   * Indexed by the next {@link FAST_BITS} bits, first bit lowest: `symbol << 4 | length`, or 0 if the code is
   * longer or unused.
   */
  readonly fast: Uint16Array
  /** Number of codes of each length. */
  readonly counts: Uint16Array
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array
}

/** Reusable tables: a stream has thousands of codes, but only one per purpose at a time. */
export interface HuffmanTables extends HuffmanCode {
  readonly next: Uint16Array
}

/** @param most largest number of symbols in a code */
export function huffmanTables(most: number): HuffmanTables {
  return {
    fast: new Uint16Array(1 << FAST_BITS),
    counts: new Uint16Array(MAX_BITS + 1),
    symbols: new Uint16Array(most),
    next: new Uint16Array(2 * (MAX_BITS + 2)),
  }
}

/**
 * @param lengths code length of each symbol, at most 15; 0 if unused
 * @param tables filled and returned
 * @returns undefined for impossible lengths: over-subscribed, or incomplete with more than one code (as in
 *   zlib)
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

  // First half: next place among the symbols. Second half: next code.
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
