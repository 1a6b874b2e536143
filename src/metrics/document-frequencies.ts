/**
 * Number of documents (reference sets) that contain each n-gram, for CIDEr's weights.
 *
 * Frequencies come from all captions that are scored together, so they belong to a plan, never to a shard.
 * Those of a dataset (MSCOCO val: 40 504 documents, about 3 M n-grams) take about 12 bytes per n-gram in
 * sorted typed arrays.
 * @module
 */
import { splitWhitespace } from './python-semantics.ts'
import { type CorpusNgrams, NGRAM_ORDERS } from './corpus-ngrams.ts'

/**
 * Frequencies by rank. An n-gram's rank follows from the rank of its first n-1 words; -1 marks an n-gram, or
 * a prefix, that no document contains.
 */
export interface DocumentFrequencies {
  /** Number of documents; its logarithm is the weight of an unseen n-gram. */
  readonly documents: number
  /** A word's number, or -1. */
  wordOf(word: string): number
  /**
   * Rank of an n-gram, n = order + 1, from the rank of its first n-1 words (0 for none) and the number of its
   * last word.
   */
  extend(order: number, rank: number, word: number): number
  /** Number of documents with the n-gram of this order and rank; 0 for rank -1. */
  count(order: number, rank: number): number
}

/**
 * Counts the n-grams of reference sets, one document per set. The order of documents does not matter.
 * @param documents - lists of tokenized references.
 */
export function countDocumentFrequencies(documents: Iterable<readonly string[]>): DocumentFrequencies {
  const vocabulary = new Map<string, number>()
  const words: number[] = []
  /** Start of each reference in `words`, with its document. */
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
 * A fixed table, e.g. `coco-val-df`: n-grams with their words joined by one space. Prefixes of listed n-grams
 * that are not listed themselves count as in no document.
 * @param documents - the number of documents behind the table (40 504 for COCO val2014).
 * @internal
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

/** Frequencies by the numbers of a corpus's own n-grams. */
export interface NgramFrequencies {
  readonly documents: number
  readonly counts: Uint32Array
}

/** Looks up the frequencies of a corpus's n-grams in a table. */
export function frequenciesOf({ texts, orders, prefixes, lasts }: CorpusNgrams, table: DocumentFrequencies): NgramFrequencies {
  const counts = new Uint32Array(orders[NGRAM_ORDERS]!)
  const ranks = new Int32Array(counts.length)
  const words = Int32Array.from(texts.words, (word) => table.wordOf(word))
  for (let order = 0; order < NGRAM_ORDERS; order++) {
    const first = orders[order]!
    for (let id = first; id < orders[order + 1]!; id++) {
      const prefix = order === 0 ? 0 : ranks[prefixes[order]![id - first]!]!
      const last = order === 0 ? id : lasts[order]![id - first]!
      ranks[id] = table.extend(order, prefix, words[last]!)
      counts[id] = table.count(order, ranks[id]!)
    }
  }
  return { documents: table.documents, counts }
}

/**
 * Counts in how many documents of a corpus each n-gram occurs.
 * @param documents - first text and, exclusive, last text of each document; n-grams of other texts count only
 *   where they occur in these.
 */
export function ownFrequencies(
  { texts, ids, orders }: CorpusNgrams,
  documents: Iterable<readonly [number, number]>,
): NgramFrequencies {
  const counts = new Uint32Array(orders[NGRAM_ORDERS]!)
  /** Last document in which each n-gram was counted, from 1. */
  const seen = new Uint32Array(counts.length)
  let document = 0
  for (const [from, to] of documents) {
    document++
    for (let text = from; text < to; text++) {
      for (let k = 0; k < NGRAM_ORDERS; k++) {
        const own = ids[k]!
        const end = texts.starts[text + 1]! - k
        for (let i = texts.starts[text]!; i < end; i++) {
          const id = own[i]!
          if (seen[id] === document) continue
          seen[id] = document
          counts[id]!++
        }
      }
    }
  }
  return { documents: document, counts }
}

/**
 * The n-grams of one order as a trie level: those with the same first n-1 words are adjacent, sorted by their
 * last word.
 */
interface Level {
  /** First n-gram by rank of the first n-1 words; one more entry at the end. */
  readonly starts: Uint32Array
  /** Last word of each n-gram. Position = rank. */
  readonly words: Uint32Array
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
    if (rank < 0 || word < 0) return -1
    return order === 0 ? word : rankOf(this.#levels[order]!, rank, word)
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
  /** Rank of the (n-1)-gram that starts at each word; at first that of the empty one. */
  let ranks = new Uint32Array(words.length)
  let prefixes = 1
  return Array.from({ length: NGRAM_ORDERS }, (_, k) => {
    const level = levelOf(words, ranks, starts, k, k === 0 ? vocabularySize : undefined, prefixes)
    const next = new Uint32Array(words.length)
    /** Last document in which each n-gram was counted, plus one. */
    const seen = new Uint32Array(level.words.length)
    starts.forEach((start, reference) => {
      const end = starts[reference + 1] ?? words.length
      const document = owners[reference]! + 1
      for (let i = start; i + k < end; i++) {
        const rank = k === 0 ? words[i]! : rankOf(level, ranks[i]!, words[i + k]!)
        next[i] = rank
        if (seen[rank] !== document) {
          seen[rank] = document
          level.counts[rank]!++
        }
      }
    })
    ranks = next
    prefixes = level.words.length
    return level
  })
}

/**
 * Distributes the last words of all n-grams by their prefix, then sorts and deduplicates each group. Counts
 * stay 0.
 */
function levelOf(
  words: Uint32Array,
  ranks: Uint32Array,
  starts: readonly number[],
  k: number,
  vocabularySize: number | undefined,
  prefixes: number,
): Level {
  // Every word of the vocabulary occurs, so a word's rank is its number.
  if (vocabularySize !== undefined) {
    const all = Uint32Array.from({ length: vocabularySize }, (_, word) => word)
    return { starts: Uint32Array.of(0, vocabularySize), words: all, counts: new Uint32Array(vocabularySize) }
  }
  const offsets = new Uint32Array(prefixes + 1)
  const eachNgram = (visit: (prefix: number, word: number) => void) => {
    starts.forEach((start, reference) => {
      const end = starts[reference + 1] ?? words.length
      for (let i = start; i + k < end; i++) visit(ranks[i]!, words[i + k]!)
    })
  }
  eachNgram((prefix) => offsets[prefix + 1]!++)
  for (let prefix = 0; prefix < prefixes; prefix++) offsets[prefix + 1]! += offsets[prefix]!
  const lots = new Uint32Array(offsets[prefixes]!)
  const filled = offsets.slice()
  eachNgram((prefix, word) => (lots[filled[prefix]!++] = word))
  const levelStarts = new Uint32Array(prefixes + 1)
  let size = 0
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const from = offsets[prefix]!
    const to = offsets[prefix + 1]!
    sortRange(lots, from, to)
    for (let i = from; i < to; i++) if (i === from || lots[i] !== lots[i - 1]) lots[size++] = lots[i]!
    levelStarts[prefix + 1] = size
  }
  return { starts: levelStarts, words: lots.slice(0, size), counts: new Uint32Array(size) }
}

/** Most groups hold a handful of words: insertion is faster than a call of `sort`. */
function sortRange(values: Uint32Array, from: number, to: number): void {
  if (to - from > 24) {
    values.subarray(from, to).sort()
    return
  }
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!
    let j = i - 1
    for (; j >= from && values[j]! > value; j--) values[j + 1] = values[j]!
    values[j + 1] = value
  }
}

/** Rank of the n-gram with this prefix and last word, or -1. */
function rankOf(level: Level, prefix: number, word: number): number {
  let low = level.starts[prefix]!
  let high = level.starts[prefix + 1]! - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const value = level.words[middle]!
    if (value === word) return middle
    if (value < word) low = middle + 1
    else high = middle - 1
  }
  return -1
}
