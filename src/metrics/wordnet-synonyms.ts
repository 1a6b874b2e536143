/**
 * METEOR's look-up of a word's synsets: those of the word and of its base form.
 *
 * cmu-mtlab/meteor @57a9ec5 `SynonymDictionary`; the rules for base forms are WordNet's `morphy` without
 * parts of speech.
 * @module
 */
import type { SynonymTable } from './meteor-aligner.ts'

/** Endings and their replacements, in the order of trial: nouns, verbs, adjectives. */
const ENDINGS: readonly (readonly [ending: string, replacement: string])[] = [
  ['s', ''],
  ['ses', 's'],
  ['xes', 'x'],
  ['zes', 'z'],
  ['ches', 'ch'],
  ['shes', 'sh'],
  ['men', 'man'],
  ['ies', 'y'],
  ['s', ''],
  ['ies', 'y'],
  ['es', 'e'],
  ['es', ''],
  ['ed', 'e'],
  ['ed', ''],
  ['ing', 'e'],
  ['ing', ''],
  ['er', ''],
  ['est', ''],
  ['er', 'e'],
  ['est', 'e'],
]

/** A table over all words, computed on demand. */
export class WordNetSynonyms implements SynonymTable {
  readonly #synsets: ReadonlyMap<string, ReadonlySet<number>>
  readonly #bases: ReadonlyMap<string, readonly string[]>
  readonly #found = new Map<string, ReadonlySet<number>>()

  /**
   * @param synsets - ids by word.
   * @param bases - base forms of irregular words.
   */
  constructor(tables: { synsets: ReadonlyMap<string, ReadonlySet<number>>; bases: ReadonlyMap<string, readonly string[]> }) {
    this.#synsets = tables.synsets
    this.#bases = tables.bases
  }

  get(word: string): ReadonlySet<number> {
    let found = this.#found.get(word)
    if (found === undefined) {
      const bases = this.#bases.get(word) ?? [this.#baseOf(word)]
      found = new Set([word, ...bases].flatMap((form) => [...(this.#synsets.get(form) ?? [])]))
      if (this.#found.size >= FOUND_KEPT) this.#found.clear()
      this.#found.set(word, found)
    }
    return found
  }

  /** The first base form in WordNet; '' if there is none. */
  #baseOf(word: string): string {
    if (word.endsWith('ss') || word.length <= 2) return word
    for (const [ending, replacement] of ENDINGS) {
      if (!word.endsWith(ending)) continue
      const base = word.slice(0, word.length - ending.length) + replacement
      if (this.#synsets.has(base)) return base
    }
    return ''
  }
}

const FOUND_KEPT = 50_000
