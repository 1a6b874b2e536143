/**
 * METEOR's paraphrase table: which phrase may stand for which.
 * @module
 */

/** A phrase that occurs in a sentence, and one that means the same. */
export interface Paraphrase {
  /** Words of the phrase that occurs. */
  readonly length: number
  /** Words of the other, at least one. */
  readonly words: readonly string[]
}

/** Phrases are lower-case words with one space between. Pairs keep the order in which they were added. */
export class ParaphraseTable {
  readonly #byPhrase = new Map<string, Paraphrase[]>()
  #longest = 0

  add(phrase: string, paraphrase: string): void {
    const length = phrase.split(' ').length
    const entry = { length, words: paraphrase.split(' ') }
    const known = this.#byPhrase.get(phrase)
    if (known === undefined) this.#byPhrase.set(phrase, [entry])
    else known.push(entry)
    this.#longest = Math.max(this.#longest, length)
  }

  /** Paraphrases of every phrase that begins at `start`, those of shorter phrases first. */
  startingAt(words: readonly string[], start: number): Paraphrase[] {
    const found: Paraphrase[] = []
    let phrase = ''
    for (let length = 1; length <= this.#longest && start + length <= words.length; length++) {
      phrase = length === 1 ? words[start]! : `${phrase} ${words[start + length - 1]!}`
      const known = this.#byPhrase.get(phrase)
      if (known !== undefined) for (const paraphrase of known) found.push(paraphrase)
    }
    return found
  }
}

/** Words of the longest phrase in METEOR's tables. */
const LONGEST_PHRASE = 7

/** Every phrase that occurs in sentences of lower-case tokens: of a table of millions of pairs, the rest need not be kept. */
export function phrasesOf(sentences: Iterable<readonly string[]>): Set<string> {
  const phrases = new Set<string>()
  for (const words of sentences) {
    for (let start = 0; start < words.length; start++) {
      let phrase = words[start]!
      phrases.add(phrase)
      for (let end = start + 1; end < Math.min(words.length, start + LONGEST_PHRASE); end++) {
        phrase += ` ${words[end]!}`
        phrases.add(phrase)
      }
    }
  }
  return phrases
}
