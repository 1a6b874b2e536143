/**
 * METEOR 1.5's alignment of two token lists: all matches of all modules, then a beam search for the best set of them.
 *
 * cmu-mtlab/meteor @57a9ec5 `Aligner`, `ParaphraseMatcher`. Kept: the search weighs all but exact matches .5 and adds into integers, so that
 * single words add nothing to the first key; the distance of a tried match is added to the path that *skips* it.
 * @module
 */
import type { ParaphraseTable } from './meteor-paraphrases.ts'
import { porter2Stem } from './porter2-stemmer.ts'

export type MeteorModule = 'exact' | 'stem' | 'synonym' | 'paraphrase'

/** Synset ids of a lower-case word, those of its base form included. A Map is one. */
export interface SynonymTable {
  get(word: string): ReadonlySet<number> | undefined
}

/** What the modules look words up in. */
export interface MeteorTables {
  readonly synonyms?: SynonymTable | undefined
  readonly paraphrases?: ParaphraseTable | undefined
}

/** Aligned words of both sides: one of each, save where a phrase is a paraphrase of another. */
export interface MeteorMatch {
  /** Index into the modules. */
  readonly module: number
  /** Position of the first word in the reference. */
  readonly reference: number
  readonly referenceLength: number
  /** Position of the first word in the candidate. */
  readonly candidate: number
  readonly candidateLength: number
}

const BEAM = 40
/** Weights of the search, which are not those of the score. */
const SEARCH_WEIGHT: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0.5, synonym: 0.5, paraphrase: 0.5 }

/**
 * Aligns lower-case tokens.
 * @returns matches that share no word, in order of the reference, and the number of contiguous chunks.
 */
export function alignMeteor(
  candidate: readonly string[],
  reference: readonly string[],
  modules: readonly MeteorModule[],
  tables: MeteorTables = {},
): { matches: MeteorMatch[]; chunks: number } {
  const identical = candidate.length === reference.length && candidate.every((word, i) => word === reference[i])
  const used = identical ? modules.slice(0, 1) : modules
  const options = new Options(candidate.length, reference.length)
  used.forEach((module, index) => {
    if (module === 'paraphrase') {
      addParaphrases(options, index, candidate, reference, tables.paraphrases)
      return
    }
    const matches = matcherOf(module, candidate, reference, tables.synonyms)
    for (let j = 0; j < reference.length; j++)
      for (let i = 0; i < candidate.length; i++) if (matches(i, j)) options.add(index, j, 1, i, 1)
  })
  const best = search(options, modules)
  return { matches: best.filter((match) => match !== undefined), chunks: countChunks(best) }
}

/** All matches of all modules. */
class Options {
  /** By the reference word at which they begin. */
  readonly byReference: MeteorMatch[][]
  /** Matches that touch each word. */
  readonly candidateCoverage: Int32Array
  readonly referenceCoverage: Int32Array

  constructor(candidateLength: number, referenceLength: number) {
    this.byReference = Array.from({ length: referenceLength }, () => [])
    this.candidateCoverage = new Int32Array(candidateLength)
    this.referenceCoverage = new Int32Array(referenceLength)
  }

  add(module: number, reference: number, referenceLength: number, candidate: number, candidateLength: number): void {
    this.byReference[reference]!.push({ module, reference, referenceLength, candidate, candidateLength })
    for (let k = 0; k < referenceLength; k++) this.referenceCoverage[reference + k]!++
    for (let k = 0; k < candidateLength; k++) this.candidateCoverage[candidate + k]!++
  }

  /** Whether no other match touches a word of this one. */
  isAlone({ reference, referenceLength, candidate, candidateLength }: MeteorMatch): boolean {
    for (let k = 0; k < referenceLength; k++) if (this.referenceCoverage[reference + k] !== 1) return false
    for (let k = 0; k < candidateLength; k++) if (this.candidateCoverage[candidate + k] !== 1) return false
    return true
  }
}

/** Phrases of the reference that the candidate paraphrases, then phrases of the candidate that the reference does. */
function addParaphrases(
  options: Options,
  module: number,
  candidate: readonly string[],
  reference: readonly string[],
  paraphrases: ParaphraseTable | undefined,
): void {
  if (paraphrases === undefined) return
  for (let j = 0; j < reference.length; j++)
    for (const { length, words } of paraphrases.startingAt(reference, j))
      for (let i = 0; i < candidate.length; i++)
        if (occursAt(words, candidate, i)) options.add(module, j, length, i, words.length)
  for (let i = 0; i < candidate.length; i++)
    for (const { length, words } of paraphrases.startingAt(candidate, i))
      for (let j = 0; j < reference.length; j++)
        if (occursAt(words, reference, j)) options.add(module, j, words.length, i, length)
}

function occursAt(phrase: readonly string[], words: readonly string[], start: number): boolean {
  return start + phrase.length <= words.length && phrase.every((word, k) => words[start + k] === word)
}

/** Stems and synonyms match *different* words only. */
function matcherOf(
  module: Exclude<MeteorModule, 'paraphrase'>,
  candidate: readonly string[],
  reference: readonly string[],
  synonyms: SynonymTable = new Map(),
): (i: number, j: number) => boolean {
  switch (module) {
    case 'exact':
      return (i, j) => candidate[i] === reference[j]
    case 'stem': {
      const stems = candidate.map(stemOf)
      const referenceStems = reference.map(stemOf)
      return (i, j) => stems[i] === referenceStems[j] && candidate[i] !== reference[j]
    }
    case 'synonym': {
      const sets = candidate.map((word) => synonyms.get(word))
      const referenceSets = reference.map((word) => synonyms.get(word))
      return (i, j) => {
        const own = sets[i]
        const other = referenceSets[j]
        if (own === undefined || other === undefined || candidate[i] === reference[j]) return false
        for (const synset of own) if (other.has(synset)) return true
        return false
      }
    }
  }
}

/** A partial alignment of the search. */
class Path {
  readonly matches: (MeteorMatch | undefined)[]
  readonly usedCandidate: Uint8Array
  readonly usedReference: Uint8Array
  /** Matched words of both sides, weighted. */
  weight = 0
  chunks = 0
  index = 0
  /** Candidate position after the open chunk, or -1. */
  lastEnd = -1
  distance = 0

  constructor(matches: (MeteorMatch | undefined)[], usedCandidate: Uint8Array, usedReference: Uint8Array) {
    this.matches = matches
    this.usedCandidate = usedCandidate
    this.usedReference = usedReference
  }

  copy(): Path {
    const copy = new Path(this.matches.slice(), this.usedCandidate.slice(), this.usedReference.slice())
    copy.weight = this.weight
    copy.chunks = this.chunks
    copy.index = this.index
    copy.lastEnd = this.lastEnd
    copy.distance = this.distance
    return copy
  }

  accept(match: MeteorMatch, weight: number): void {
    // Each side is added to an integer of its own.
    this.weight += Math.floor(match.candidateLength * weight) + Math.floor(match.referenceLength * weight)
    if (this.lastEnd !== -1 && match.candidate !== this.lastEnd) this.chunks++
    this.index = match.reference + match.referenceLength
    this.lastEnd = match.candidate + match.candidateLength
  }

  isFree({ reference, referenceLength, candidate, candidateLength }: MeteorMatch): boolean {
    for (let k = 0; k < referenceLength; k++) if (this.usedReference[reference + k] === 1) return false
    for (let k = 0; k < candidateLength; k++) if (this.usedCandidate[candidate + k] === 1) return false
    return true
  }

  use(match: MeteorMatch): void {
    const { reference, referenceLength, candidate, candidateLength } = match
    this.matches[reference] = match
    this.usedReference.fill(1, reference, reference + referenceLength)
    this.usedCandidate.fill(1, candidate, candidate + candidateLength)
  }
}

/** More weight, then fewer chunks, then less distance. */
function compare(a: Path, b: Path): number {
  return b.weight - a.weight || a.chunks - b.chunks || a.distance - b.distance
}

function search(options: Options, modules: readonly MeteorModule[]): readonly (MeteorMatch | undefined)[] {
  const { byReference, candidateCoverage } = options
  const weightOf = (match: MeteorMatch) => SEARCH_WEIGHT[modules[match.module]!]
  const start = new Path(
    byReference.map(() => undefined),
    new Uint8Array(candidateCoverage.length),
    new Uint8Array(byReference.length),
  )
  // what no other match touches is settled
  for (const [only, ...others] of byReference)
    if (only !== undefined && others.length === 0 && options.isAlone(only)) start.use(only)
  let next: Path[] = [start]
  for (let current = 0; current < byReference.length; current++) {
    const paths = next.toSorted(compare).slice(0, BEAM)
    next = []
    for (const path of paths) {
      if (path.usedReference[current] === 1) {
        // Within a phrase there is nothing to decide; at the begin of a settled match it is taken. A path that is neither ends here.
        const settled = current < path.index ? undefined : path.matches[path.index]
        if (settled !== undefined) {
          path.accept(settled, weightOf(settled))
          path.distance += Math.abs(settled.reference - settled.candidate)
        }
        if (settled !== undefined || current < path.index) next.push(path)
        continue
      }
      for (const match of byReference[current]!) {
        if (!path.isFree(match)) continue
        const taken = path.copy()
        taken.use(match)
        taken.accept(match, weightOf(match))
        path.distance += Math.abs(match.reference - match.candidate)
        next.push(taken)
      }
      if (path.lastEnd !== -1) {
        path.chunks++
        path.lastEnd = -1
      }
      path.index++
      next.push(path)
    }
    if (next.length === 0) next.push(paths[0]!)
  }
  const complete = next.toSorted(compare).slice(0, BEAM)
  for (const path of complete) if (path.lastEnd !== -1) path.chunks++
  return complete.toSorted(compare)[0]!.matches
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

/** Stems of words seen, up to a bound: captions repeat themselves. */
const stems = new Map<string, string>()
const STEMS_KEPT = 50_000

function stemOf(word: string): string {
  let stem = stems.get(word)
  if (stem === undefined) {
    if (stems.size >= STEMS_KEPT) stems.clear()
    stems.set(word, (stem = porter2Stem(word)))
  }
  return stem
}
