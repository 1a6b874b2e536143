/**
 * How many documents (reference sets) hold each n-gram: what CIDEr weighs by.
 *
 * The frequencies come from the captions that are scored together, so they belong to a plan, never to a shard. A dataset's worth
 * (MSCOCO val: 40 504 documents, some 3 M n-grams) is held in sorted typed arrays, about 12 bytes an n-gram.
 * @module
 */
import { splitWhitespace } from './python-semantics.ts'
import { NGRAM_ORDERS } from './segment-ngrams.ts'

/**
 * Frequencies by rank. An n-gram's rank is found from the rank of its first n-1 words; -1 stands for an n-gram that no document holds,
 * and so does any n-gram that begins with it.
 */
export interface DocumentFrequencies {
  /** Number of documents, whose logarithm an unseen n-gram weighs. */
  readonly documents: number
  /** A word's number, or -1. */
  wordOf(word: string): number
  /** The rank of an n-gram, n = order + 1, from that of its first n-1 words (0 for none) and its last word's number. */
  extend(order: number, rank: number, word: number): number
  /** How many documents hold the n-gram of this order and rank; 0 for rank -1. */
  count(order: number, rank: number): number
}

/**
 * Counts the n-grams of reference sets, a document each. Identical in any order of the documents.
 * @param documents - lists of tokenised references.
 */
export function countDocumentFrequencies(documents: Iterable<readonly string[]>): DocumentFrequencies {
  const vocabulary = new Map<string, number>()
  const words: number[] = []
  /** Where each reference starts in `words`, with the document it belongs to. */
  const starts: number[] = []
  const owners: number[] = []
  let count = 0
  for (const references of documents) {
    for (const reference of references) {
      starts.push(words.length)
      owners.push(count)
      for (const word of splitWhitespace(reference)) words.push(numberOf(word, vocabulary))
    }
    count++
  }
  return new SortedFrequencies(vocabulary, levelsOf(Uint32Array.from(words), starts, owners, vocabulary.size), count)
}

/**
 * A fixed table, e.g. `coco-val-df`: n-grams with their words joined by one space. Beginnings of listed n-grams that are not listed
 * themselves count as in no document.
 * @param documents - the number of documents that the table was counted over (40 504 for COCO val2014).
 */
export function tableOfFrequencies(table: Readonly<Record<string, number>>, documents: number): DocumentFrequencies {
  const ngrams = Object.keys(table)
  const vocabulary = new Map<string, number>()
  const words: number[] = []
  const starts: number[] = []
  for (const ngram of ngrams) {
    starts.push(words.length)
    for (const word of ngram.split(' ')) words.push(numberOf(word, vocabulary))
  }
  const levels = levelsOf(Uint32Array.from(words), starts, starts, vocabulary.size)
  for (const { counts } of levels) counts.fill(0)
  const frequencies = new SortedFrequencies(vocabulary, levels, documents)
  for (const ngram of ngrams) {
    const parts = ngram.split(' ')
    let rank = 0
    for (const [order, word] of parts.entries()) rank = frequencies.extend(order, rank, frequencies.wordOf(word))
    levels[parts.length - 1]!.counts[rank] = table[ngram]!
  }
  return frequencies
}

/** The n-grams of one order. An n-gram's key is (rank of its first n-1 words, last word), so that keys stay below 2^53. */
interface Level {
  /** Sorted. Position = rank. */
  readonly keys: Float64Array
  readonly counts: Uint32Array
}

class SortedFrequencies implements DocumentFrequencies {
  readonly documents: number
  readonly #vocabulary: ReadonlyMap<string, number>
  readonly #levels: readonly Level[]

  constructor(vocabulary: ReadonlyMap<string, number>, levels: readonly Level[], documents: number) {
    this.#vocabulary = vocabulary
    this.#levels = levels
    this.documents = documents
  }

  wordOf(word: string): number {
    return this.#vocabulary.get(word) ?? -1
  }

  extend(order: number, rank: number, word: number): number {
    return rank < 0 || word < 0 ? -1 : rankOf(this.#levels[order]!.keys, rank * this.#vocabulary.size + word)
  }

  count(order: number, rank: number): number {
    return rank < 0 ? 0 : this.#levels[order]!.counts[rank]!
  }
}

function numberOf(word: string, vocabulary: Map<string, number>): number {
  let id = vocabulary.get(word)
  if (id === undefined) vocabulary.set(word, (id = vocabulary.size))
  return id
}

function levelsOf(words: Uint32Array, starts: readonly number[], owners: readonly number[], vocabularySize: number): Level[] {
  /** Rank of the (n-1)-gram that starts at each word; at first the empty one. */
  let ranks = new Int32Array(words.length)
  return Array.from({ length: NGRAM_ORDERS }, (_, k) => {
    const keys = new Float64Array(words.length)
    const places = new Uint32Array(words.length)
    const documents = new Uint32Array(words.length)
    let used = 0
    starts.forEach((start, reference) => {
      const end = starts[reference + 1] ?? words.length
      for (let i = start; i + k < end; i++) {
        keys[used] = ranks[i]! * vocabularySize + words[i + k]!
        places[used] = i
        documents[used] = owners[reference]!
        used++
      }
    })
    const sorted = keys.subarray(0, used).toSorted()
    const unique = sorted.filter((key, i) => i === 0 || key !== sorted[i - 1])
    const counts = new Uint32Array(unique.length)
    /** The last document in which each n-gram was counted, plus one. */
    const seen = new Uint32Array(unique.length)
    const next = new Int32Array(words.length).fill(-1)
    for (let j = 0; j < used; j++) {
      const rank = rankOf(unique, keys[j]!)
      next[places[j]!] = rank
      const document = documents[j]! + 1
      if (seen[rank] !== document) {
        seen[rank] = document
        counts[rank]!++
      }
    }
    ranks = next
    return { keys: unique, counts }
  })
}

/** Position of a key in a sorted array, or -1. */
function rankOf(keys: Float64Array, key: number): number {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const value = keys[middle]!
    if (value === key) return middle
    if (value < key) low = middle + 1
    else high = middle - 1
  }
  return -1
}
