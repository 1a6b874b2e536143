/**
 * Length of the longest common subsequence, 32 positions at a time.
 *
 * Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004.
 * @module
 */

/**
 * @param a - symbols, such as code points or numbers of words
 * @returns a length; takes `a.length · b.length / 32` steps
 */
export function commonSubsequence(a: readonly number[], b: readonly number[]): number {
  const words = Math.ceil(a.length / 32)
  const places = placesOf(a, words)
  // A zero bit marks a position of `a` at which the length grows.
  const open = new Uint32Array(words).fill(0xffffffff)
  for (const symbol of b) {
    const found = places.get(symbol)
    if (found === undefined) continue
    let carry = 0
    for (let word = 0; word < words; word++) {
      const bits = open[word]!
      const matched = (bits & found[word]!) >>> 0
      const sum = bits + matched + carry
      carry = sum > 0xffffffff ? 1 : 0
      open[word] = sum | (bits & ~matched)
    }
  }
  let length = 0
  for (let place = 0; place < a.length; place++) if (((open[place >>> 5]! >>> (place & 31)) & 1) === 0) length++
  return length
}

/** The positions of each symbol, one bit each. */
function placesOf(symbols: readonly number[], words: number): ReadonlyMap<number, Uint32Array> {
  const places = new Map<number, Uint32Array>()
  for (const [place, symbol] of symbols.entries()) {
    let bits = places.get(symbol)
    if (bits === undefined) places.set(symbol, (bits = new Uint32Array(words)))
    bits[place >>> 5] = bits[place >>> 5]! | (1 << (place & 31))
  }
  return places
}
