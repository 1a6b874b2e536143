/**
 * METEOR's paraphrase table: phrases and their paraphrases.
 * @module
 */

/** A phrase that occurs in a sentence, and a paraphrase of it. */
export interface Paraphrase {
  /** Length of the occurring phrase in words. */
  readonly length: number
  /** Words of the paraphrase, at least one. */
  readonly words: readonly string[]
}

/** Phrases are lower-case words joined by single spaces. Pairs keep their order of addition. */
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

  /** Paraphrases of every phrase that begins at `start`, shorter phrases first. */
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

/** Length in words of the longest phrase in METEOR's tables. */
const LONGEST_PHRASE = 7

/**
 * Every phrase that occurs in sentences of lower-case tokens. Only their pairs of a table of millions need to
 * be kept.
 */
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
