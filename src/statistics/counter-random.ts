/**
 * Random numbers as a pure function of (seed, key, replicate, position). Without hidden state, every layout,
 * order and engine gives the same draws.
 *
 * Generator: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), tested
 * against the known answers published with Random123.
 * @module
 */

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85
const ROUNDS = 10
const TWO_32 = 4294967296
/** Beyond this, rejection from 16 bits would waste more than 1/16 of the draws. */
const LARGEST_HALF_WORD_BOUND = 4096

/**
 * One block of Philox4x32-10 written to `block`.
 * @param counter four 32-bit words.
 * @param key0 low key word, @param key1 high key word; taken modulo 2^32.
 * @internal
 */
export function philox4x32(counter: Uint32Array, key0: number, key1: number, block: Uint32Array): void {
  let c0 = counter[0]! | 0
  let c1 = counter[1]! | 0
  let c2 = counter[2]! | 0
  let c3 = counter[3]! | 0
  let k0 = key0 | 0
  let k1 = key1 | 0
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(c0, MULTIPLIER_0)
    const high1 = multiplyHigh(c2, MULTIPLIER_1)
    const low0 = Math.imul(c0, MULTIPLIER_0)
    c0 = high1 ^ c1 ^ k0
    c1 = Math.imul(c2, MULTIPLIER_1)
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + WEYL_0) | 0
    k1 = (k1 + WEYL_1) | 0
  }
  block[0] = c0
  block[1] = c1
  block[2] = c2
  block[3] = c3
}

/**
 * The draws of one (seed, key): an independent sequence per replicate.
 *
 * Counter words: block number, replicate, and the 64-bit FNV-1a hash of the key; key words: the seed's low
 * and high half.
 */
export class CounterRandom {
  readonly #seedLow: number
  readonly #seedHigh: number
  readonly #counter = new Uint32Array(4)
  readonly #block = new Uint32Array(4)
  #used = 4

  /**
   * @param seed a safe non-negative integer.
   * @param key purpose of the draws, e.g. the criterion's name; two keys share no draws (save for a 64-bit
   *   collision).
   * @throws {RangeError} for any other seed.
   */
  constructor(seed: number, key: string) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed must be an integer in [0, 2^53), not ${seed}`)
    this.#seedLow = seed % TWO_32
    this.#seedHigh = Math.floor(seed / TWO_32)
    const hash = fnv1a64(key)
    this.#counter[2] = Number(hash & 0xffffffffn)
    this.#counter[3] = Number(hash >> 32n)
  }

  /** Moves to the first draw of a replicate in [0, 2^32). */
  startReplicate(replicate: number): this {
    this.#counter[0] = 0
    this.#counter[1] = replicate
    this.#used = 4
    return this
  }

  /** Uniform on the integers [0, 2^32). */
  uint32(): number {
    if (this.#used === 4) {
      this.#nextBlock()
      this.#used = 0
    }
    return this.#block[this.#used++]!
  }

  /** Uniform on [0, 1), a multiple of 2^-53. */
  uniform(): number {
    const high = this.uint32() >>> 5
    return (high * 67108864 + (this.uint32() >>> 6)) / 9007199254740992
  }

  /**
   * Uniform on the integers [0, bound), exactly: rejection removes the bias of a plain remainder (Lemire,
   * "Fast random integer generation in an interval", ACM TOMACS 2019).
   * @param bound an integer in [1, 2^32).
   */
  below(bound: number): number {
    let word = this.uint32()
    let low = Math.imul(word, bound) >>> 0
    if (low < bound) {
      const threshold = (TWO_32 - bound) % bound
      while (low < threshold) {
        word = this.uint32()
        low = Math.imul(word, bound) >>> 0
      }
    }
    return multiplyHigh(word, bound) >>> 0
  }

  /**
   * Fills `indices` with independent draws from [0, bound), exactly uniform like {@link below}. A small bound
   * takes two draws per word, since resampling spends most of its time here. Starts and ends at the edge of a
   * block.
   * @param bound an integer in [1, 2^32).
   */
  fillBelow(indices: Uint32Array, bound: number): void {
    const usesHalves = bound <= LARGEST_HALF_WORD_BOUND
    const threshold = usesHalves ? 65536 % bound : (TWO_32 - bound) % bound
    const block = this.#block
    let filled = 0
    while (filled < indices.length) {
      this.#nextBlock()
      for (let at = 0; at < 4; at++) {
        const word = block[at]!
        // A write past the end of a typed array is ignored.
        if (usesHalves) {
          const first = (word & 0xffff) * bound
          if ((first & 0xffff) >= threshold) indices[filled++] = first >>> 16
          const second = (word >>> 16) * bound
          if ((second & 0xffff) >= threshold) indices[filled++] = second >>> 16
        } else if (Math.imul(word, bound) >>> 0 >= threshold) indices[filled++] = multiplyHigh(word, bound)
      }
    }
    this.#used = 4
  }

  #nextBlock(): void {
    philox4x32(this.#counter, this.#seedLow, this.#seedHigh, this.#block)
    this.#counter[0]!++
  }
}

/** The high 32 bits of an unsigned 32 × 32 product, as a signed word. No partial sum exceeds 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0
}

/** FNV-1a over the UTF-8 bytes, 64 bits. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash
}
