/**
 * The n-grams, n = 1..4, of many texts as small integers, for BLEU and CIDEr.
 * @module
 */
import type { NumberedTexts } from './numbered-texts.ts'

export const NGRAM_ORDERS = 4

/** N-grams are numbered by order: words first, with their own numbers, then bigrams, and so on. */
export interface CorpusNgrams {
  readonly texts: NumberedTexts
  /**
   * `ids[n - 1][i]`: the n-gram that starts at position i of `texts.numbers`. Undefined where the text ends
   * before the n-gram.
   */
  readonly ids: readonly Uint32Array[]
  /** First number of each order; a fifth entry is the number of n-grams. */
  readonly orders: readonly number[]
  /** `prefixes[n - 1][id - orders[n - 1]]`: the id of the first n-1 words. Empty for words. */
  readonly prefixes: readonly Uint32Array[]
  /** The number of the last word, indexed like `prefixes`. */
  readonly lasts: readonly Uint32Array[]
}

export function numberNgrams(texts: NumberedTexts): CorpusNgrams {
  const { numbers, words } = texts
  const ids: Uint32Array[] = [numbers]
  const orders = [0, words.length]
  const none: Uint32Array = new Uint32Array(0)
  const prefixes = [none]
  const lasts = [none]
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(1.5 * numbers.length + 2)))
  for (let k = 1; k < NGRAM_ORDERS; k++) {
    const first = orders[k]!
    const own = new Uint32Array(numbers.length)
    const level = numberOrder(texts, k, ids[k - 1]!, own, slots.fill(0), first)
    ids.push(own)
    prefixes.push(level.prefixes)
    lasts.push(level.lasts)
    orders.push(first + level.lasts.length)
  }
  return { texts, ids, orders, prefixes, lasts }
}

/**
 * Numbers the n-grams of order n = k + 1 from those of order k.
 * @param own - output: the ids, from `first` on.
 * @param slots - a hash table with open addressing, zeros at first: an n-gram's place in its order, plus one.
 */
function numberOrder(
  { numbers, starts }: NumberedTexts,
  k: number,
  shorter: Uint32Array,
  own: Uint32Array,
  slots: Uint32Array,
  first: number,
): { prefixes: Uint32Array; lasts: Uint32Array } {
  const mask = slots.length - 1
  const prefixes = new Uint32Array(numbers.length)
  const lasts = new Uint32Array(numbers.length)
  let size = 0
  for (let text = 0; text + 1 < starts.length; text++) {
    const end = starts[text + 1]! - k
    for (let i = starts[text]!; i < end; i++) {
      const prefix = shorter[i]!
      const last = numbers[i + k]!
      let slot = Math.imul(prefix + 1, 0x9e3779b1) ^ Math.imul(last + 1, 0x85ebca6b)
      slot = (slot ^ (slot >>> 15)) & mask
      let place = slots[slot]!
      while (place !== 0 && (prefixes[place - 1] !== prefix || lasts[place - 1] !== last)) {
        slot = (slot + 1) & mask
        place = slots[slot]!
      }
      if (place === 0) {
        prefixes[size] = prefix
        lasts[size] = last
        place = slots[slot] = ++size
      }
      own[i] = first + place - 1
    }
  }
  return { prefixes: prefixes.slice(0, size), lasts: lasts.slice(0, size) }
}
