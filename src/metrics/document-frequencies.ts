/**
 * How many documents (reference sets) hold each n-gram: what CIDEr weighs by.
 *
 * The frequencies come from the captions that are scored together, so they belong to a plan, never to a shard. A dataset's worth
 * (MSCOCO val: 40 504 documents, some 3 M n-grams) is held in sorted typed arrays, about 12 bytes an n-gram.
 * @module
 */
import { splitWhitespace } from './python-semantics.ts'

export const NGRAM_ORDERS = 4

export interface DocumentFrequencies {
  /** Number of documents, whose logarithm an unseen n-gram weighs. */
  readonly documents: number
  /**
   * The frequencies of the n-grams of a text, n = 1..4: entry `[n - 1][i]` for the one that starts at word i. 0 where unseen.
   * @param words - as {@link splitWhitespace} gives them.
   */
  frequenciesOf(words: readonly string[]): Uint32Array[]
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
      for (const word of splitWhitespace(reference)) {
        let id = vocabulary.get(word)
        if (id === undefined) vocabulary.set(word, (id = vocabulary.size))
        words.push(id)
      }
    }
    count++
  }
  return new SortedFrequencies(vocabulary, levelsOf(Uint32Array.from(words), starts, owners, vocabulary.size), count)
}

/**
 * A fixed table, e.g. `coco-val-df`: n-grams with their words joined by one space.
 * @param documents - the number of documents that the table was counted over (40 504 for COCO val2014).
 */
export function tableOfFrequencies(table: Readonly<Record<string, number>>, documents: number): DocumentFrequencies {
  const frequencies = new Map(Object.entries(table))
  return {
    documents,
    frequenciesOf(words) {
      return Array.from({ length: NGRAM_ORDERS }, (_, k) =>
        Uint32Array.from(
          { length: Math.max(0, words.length - k) },
          (_unused, i) => frequencies.get(words.slice(i, i + k + 1).join(' ')) ?? 0,
        ),
      )
    },
  }
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

  frequenciesOf(words: readonly string[]): Uint32Array[] {
    const ids = words.map((word) => this.#vocabulary.get(word) ?? -1)
    let ranks = Int32Array.from(ids, () => 0)
    return this.#levels.map(({ keys, counts }, k) => {
      const length = Math.max(0, words.length - k)
      const next = new Int32Array(length)
      const frequencies = new Uint32Array(length)
      for (let i = 0; i < length; i++) {
        const last = ids[i + k]!
        const rank = ranks[i]! < 0 || last < 0 ? -1 : rankOf(keys, ranks[i]! * this.#vocabulary.size + last)
        next[i] = rank
        frequencies[i] = rank < 0 ? 0 : counts[rank]!
      }
      ranks = next
      return frequencies
    })
  }
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
