/**
 * The n-grams, n = 1..4, of one image's captions as small integers: what BLEU and CIDEr both count.
 * @module
 */
import { splitWhitespace } from './python-semantics.ts'

export const NGRAM_ORDERS = 4

export interface SegmentNgrams {
  /** Words of the candidate (entry 0) and of each reference. */
  readonly lengths: readonly number[]
  /** `ids[text][n - 1][i]`: the n-gram that starts at word i. Ids count from 0 over all orders and texts. */
  readonly ids: readonly (readonly Int32Array[])[]
  /** Of each id: n - 1. */
  readonly order: readonly number[]
  /** Of each id: the id of its first n-1 words; -1 for a word. A prefix's id is always smaller. */
  readonly prefix: readonly number[]
  /** Of each id: its last word, as an index into `words`. */
  readonly word: readonly number[]
  /** The distinct words. */
  readonly words: readonly string[]
}

/** Splits a candidate and its references at white space and numbers their n-grams. */
export function segmentNgrams(candidate: string, references: readonly string[]): SegmentNgrams {
  const wordIds = new Map<string, number>()
  const texts = [candidate, ...references].map((text) =>
    Int32Array.from(splitWhitespace(text), (word) => {
      let id = wordIds.get(word)
      if (id === undefined) wordIds.set(word, (id = wordIds.size))
      return id
    }),
  )
  const total = texts.reduce((sum, { length }) => sum + length, 0)
  const table = new PairTable(total * NGRAM_ORDERS)
  const order: number[] = []
  const prefix: number[] = []
  const word: number[] = []
  const ids = texts.map((words) => {
    let previous: Int32Array | undefined
    return Array.from({ length: NGRAM_ORDERS }, (_, k) => {
      const own = new Int32Array(Math.max(0, words.length - k))
      for (let i = 0; i < own.length; i++) {
        const head = previous === undefined ? -1 : previous[i]!
        const last = words[i + k]!
        const id = table.idOf(head, last)
        if (id === order.length) {
          order.push(k)
          prefix.push(head)
          word.push(last)
        }
        own[i] = id
      }
      previous = own
      return own
    })
  })
  return { lengths: texts.map(({ length }) => length), ids, order, prefix, word, words: [...wordIds.keys()] }
}

/** Numbers pairs of small integers in order of first sight: a hash table with open addressing. */
class PairTable {
  readonly #mask: number
  readonly #firsts: Int32Array
  readonly #seconds: Int32Array
  /** Id plus one; 0 for a free slot. */
  readonly #ids: Int32Array
  #size = 0

  constructor(pairs: number) {
    const capacity = 2 ** Math.ceil(Math.log2(2 * pairs + 2))
    this.#mask = capacity - 1
    this.#firsts = new Int32Array(capacity)
    this.#seconds = new Int32Array(capacity)
    this.#ids = new Int32Array(capacity)
  }

  idOf(first: number, second: number): number {
    let slot = (Math.imul(first + 1, 0x9e3779b1) ^ Math.imul(second + 1, 0x85ebca6b)) >>> 0
    slot = (slot ^ (slot >>> 15)) & this.#mask
    for (;;) {
      const id = this.#ids[slot]!
      if (id === 0) break
      if (this.#firsts[slot] === first && this.#seconds[slot] === second) return id - 1
      slot = (slot + 1) & this.#mask
    }
    this.#firsts[slot] = first
    this.#seconds[slot] = second
    this.#ids[slot] = ++this.#size
    return this.#size - 1
  }
}
