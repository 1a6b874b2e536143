/**
 * Texts as numbers, one per distinct word, so that n-grams and subsequences are compared without strings.
 * @module
 */
import { splitWhitespace } from './python-semantics.ts'

export interface NumberedTexts {
  /** Distinct words by first occurrence. A word's number is its index. */
  readonly words: readonly string[]
  /** Numbers of all texts' words, one text after another. */
  readonly numbers: Uint32Array
  /** Start of each text in `numbers`; one more entry at the end. */
  readonly starts: Uint32Array
  /** Per text: 1 if it consists of words between single spaces, which every splitting rule splits alike. */
  readonly isPlain: Uint8Array
}

/**
 * Splits texts into words and numbers them.
 * @param split - for texts other than ASCII words between single spaces; Python's `split()` by default.
 */
export function numberTexts(texts: readonly string[], split: (text: string) => string[] = splitWhitespace): NumberedTexts {
  const vocabulary = new Vocabulary()
  const starts = new Uint32Array(texts.length + 1)
  const isPlain = new Uint8Array(texts.length)
  let numbers = new Uint32Array(16 * texts.length)
  let size = 0
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]!
    if (size + text.length >= numbers.length) numbers = grown(numbers, 2 * (size + text.length))
    const end = numberPlain(text, vocabulary, numbers, size)
    if (end >= 0) {
      isPlain[index] = 1
      size = end
    } else for (const word of split(text)) numbers[size++] = vocabulary.numberOf(word, 0, word.length, hashOf(word))
    starts[index + 1] = size
  }
  return { words: vocabulary.words, numbers: numbers.slice(0, size), starts, isPlain }
}

const SPACE = 32
const DELETE = 127
/** Constants of FNV-1a. */
const HASH_START = 0x811c9dc5
const HASH_FACTOR = 0x01000193

/**
 * Numbers printable ASCII words between single spaces. Returns the end of the output from `at`, or -1 for
 * another text.
 */
function numberPlain(text: string, vocabulary: Vocabulary, numbers: Uint32Array, at: number): number {
  let end = at
  let from = 0
  let hash = HASH_START
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > SPACE && unit < DELETE) hash = Math.imul(hash ^ unit, HASH_FACTOR)
    else if (unit === SPACE && i > from) {
      numbers[end++] = vocabulary.numberOf(text, from, i, hash)
      from = i + 1
      hash = HASH_START
    } else return -1
  }
  if (from === text.length) return -1
  numbers[end++] = vocabulary.numberOf(text, from, text.length, hash)
  return end
}

function hashOf(word: string): number {
  let hash = HASH_START
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), HASH_FACTOR)
  return hash
}

/**
 * A hash table with open addressing that looks up a slice of a text, so that only new words become strings.
 */
class Vocabulary {
  readonly words: string[] = []
  readonly #hashes: number[] = []
  /** Number of a word plus one; 0 for a free slot. */
  #slots = new Uint32Array(2 ** 10)

  numberOf(text: string, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const number = this.#slots[slot]! - 1
      if (number < 0) break
      if (this.#hashes[number] === hash && isSlice(this.words[number]!, text, from, to)) return number
      slot = (slot + 1) & mask
    }
    this.words.push(text.slice(from, to))
    this.#hashes.push(hash)
    this.#slots[slot] = this.words.length
    if (2 * this.words.length > mask) this.#rehash()
    return this.words.length - 1
  }

  #rehash(): void {
    const slots = new Uint32Array(2 * this.#slots.length)
    const mask = slots.length - 1
    this.#hashes.forEach((hash, number) => {
      let slot = (hash ^ (hash >>> 15)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    })
    this.#slots = slots
  }
}

function isSlice(word: string, text: string, from: number, to: number): boolean {
  if (word.length !== to - from) return false
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== text.charCodeAt(from + i)) return false
  return true
}

function grown(values: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(values)
  return larger
}
