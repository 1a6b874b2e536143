/**
 * METEOR 1.5's alignment of two token lists: all matches of all modules, then a beam search for the best set
 * of matches.
 *
 * cmu-mtlab/meteor @57a9ec5 `Aligner`, `ParaphraseMatcher`.
 * @module
 */
import { countBits, type MatchGroup, type MeteorMatch, noPositions, searchAlignment, setBits } from './meteor-search.ts'
import type { ParaphraseTable } from './meteor-paraphrases.ts'
import { porter2Stem } from './porter2-stemmer.ts'

export type MeteorModule = 'exact' | 'stem' | 'synonym' | 'paraphrase'

/** Synset ids of a lower-case word, including those of its base form. A Map satisfies it. */
export interface SynonymTable {
  get(word: string): ReadonlySet<number> | undefined
}

/** Tables that the modules look words up in. */
export interface MeteorTables {
  /**
   * Called before each search with the number of matching word pairs; the search takes a fraction of a
   * microsecond per pair. May throw.
   */
  readonly spend?: ((matches: number) => void) | undefined
  readonly synonyms?: SynonymTable | undefined
  readonly paraphrases?: ParaphraseTable | undefined
}

/** Weights of the search; the score has others. */
const SEARCH_WEIGHT: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0.5, synonym: 0.5, paraphrase: 0.5 }

/**
 * Aligns lower-case tokens.
 * @returns matches without a common word, in order of the reference, and the number of contiguous chunks.
 */
export function alignMeteor(
  candidate: readonly string[],
  reference: readonly string[],
  modules: readonly MeteorModule[],
  tables: MeteorTables = {},
): { matches: MeteorMatch[]; chunks: number } {
  const identical = candidate.length === reference.length && candidate.every((word, i) => word === reference[i])
  const used = identical ? modules.slice(0, 1) : modules
  const groups: MatchGroup[][] = reference.map(() => [])
  const words = new CandidateWords(candidate)
  for (const [module, name] of used.entries()) {
    const weight = SEARCH_WEIGHT[name]
    if (name === 'paraphrase') {
      for (const [at, phrases] of paraphrasesOf(candidate, reference, tables.paraphrases).entries())
        if (phrases.length > 0) groups[at]!.push({ module, weight, phrases })
      continue
    }
    const matcher = words.matcher(name, tables.synonyms)
    const found = new Map<string, Int32Array | undefined>()
    for (const [at, word] of reference.entries()) {
      let positions = found.get(word)
      if (positions === undefined && !found.has(word)) found.set(word, (positions = matcher(word)))
      if (positions !== undefined) groups[at]!.push({ module, weight, positions })
    }
  }
  if (tables.spend !== undefined) {
    let matches = 0
    for (const own of groups)
      for (const group of own) matches += 'positions' in group ? countBits(group.positions) : group.phrases.length
    tables.spend(matches)
  }
  const best = searchAlignment(groups, candidate.length)
  return { matches: best.filter((match) => match !== undefined), chunks: countChunks(best) }
}

/** Positions of each word in the candidate. */
class CandidateWords {
  readonly #length: number
  readonly #positions = new Map<string, Int32Array>()

  constructor(candidate: readonly string[]) {
    this.#length = candidate.length
    for (const [at, word] of candidate.entries()) this.#mark(this.#positions, word, at)
  }

  /**
   * @returns the positions that a module matches with a word, or undefined. Stems and synonyms match
   * *different* words only.
   */
  matcher(
    module: Exclude<MeteorModule, 'paraphrase'>,
    synonyms: SynonymTable = new Map(),
  ): (word: string) => Int32Array | undefined {
    switch (module) {
      case 'exact':
        return (word) => this.#positions.get(word)
      case 'stem': {
        const byStem = Map.groupBy(this.#positions.keys(), stemOf)
        return (word) => this.#union(word, byStem.get(stemOf(word)) ?? [])
      }
      case 'synonym': {
        const bySynset = new Map<number, string[]>()
        for (const word of this.#positions.keys())
          for (const synset of synonyms.get(word) ?? []) {
            const known = bySynset.get(synset)
            if (known === undefined) bySynset.set(synset, [word])
            else known.push(word)
          }
        return (word) => this.#union(word, new Set([...(synonyms.get(word) ?? [])].flatMap((id) => bySynset.get(id) ?? [])))
      }
    }
  }

  /** Positions of `others` without the word itself. */
  #union(word: string, others: Iterable<string>): Int32Array | undefined {
    let union: Int32Array | undefined
    for (const other of others) {
      if (other === word) continue
      union ??= noPositions(this.#length)
      const own = this.#positions.get(other)!
      for (let block = 0; block < own.length; block++) union[block]! |= own[block]!
    }
    return union
  }

  #mark(positions: Map<string, Int32Array>, word: string, at: number): void {
    let bits = positions.get(word)
    if (bits === undefined) positions.set(word, (bits = noPositions(this.#length)))
    setBits(bits, 0, at, 1)
  }
}

interface PhraseMatch {
  readonly candidate: number
  readonly candidateLength: number
  readonly referenceLength: number
}

/**
 * By word of the reference: its phrases with a paraphrase in the candidate, then phrases of the candidate
 * that it paraphrases.
 */
function paraphrasesOf(
  candidate: readonly string[],
  reference: readonly string[],
  paraphrases: ParaphraseTable | undefined,
): PhraseMatch[][] {
  const found: PhraseMatch[][] = reference.map(() => [])
  if (paraphrases === undefined) return found
  const inCandidate = Map.groupBy(candidate.keys(), (at) => candidate[at]!)
  const inReference = Map.groupBy(reference.keys(), (at) => reference[at]!)
  for (let j = 0; j < reference.length; j++)
    for (const { length, words } of paraphrases.startingAt(reference, j))
      for (const i of inCandidate.get(words[0]!) ?? [])
        if (occursAt(words, candidate, i))
          found[j]!.push({ candidate: i, candidateLength: words.length, referenceLength: length })
  for (let i = 0; i < candidate.length; i++)
    for (const { length, words } of paraphrases.startingAt(candidate, i))
      for (const j of inReference.get(words[0]!) ?? [])
        if (occursAt(words, reference, j))
          found[j]!.push({ candidate: i, candidateLength: length, referenceLength: words.length })
  return found
}

function occursAt(phrase: readonly string[], words: readonly string[], start: number): boolean {
  return start + phrase.length <= words.length && phrase.every((word, k) => words[start + k] === word)
}

function countChunks(matches: readonly (MeteorMatch | undefined)[]): number {
  let chunks = 0
  let lastEnd = -1
  for (let at = 0; at < matches.length;) {
    const match = matches[at]
    if (match === undefined) {
      if (lastEnd !== -1) chunks++
      lastEnd = -1
      at++
    } else {
      if (lastEnd !== -1 && match.candidate !== lastEnd) chunks++
      at = match.reference + match.referenceLength
      lastEnd = match.candidate + match.candidateLength
    }
  }
  return lastEnd === -1 ? chunks : chunks + 1
}

/** Cached stems, up to a bound: captions repeat words. */
const stems = new Map<string, string>()
const STEMS_KEPT = 50_000
/** Longest cached word in characters, to bound memory. */
const LONGEST_KEPT = 50

function stemOf(word: string): string {
  if (word.length > LONGEST_KEPT) return porter2Stem(word)
  let stem = stems.get(word)
  if (stem === undefined) {
    if (stems.size >= STEMS_KEPT) stems.clear()
    stems.set(word, (stem = porter2Stem(word)))
  }
  return stem
}
