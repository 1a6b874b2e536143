/**
 * METEOR 1.5's alignment of two token lists: all matches of all modules, then a beam search for the best set of them.
 *
 * cmu-mtlab/meteor @57a9ec5 `Aligner`. Kept: the search weighs stem and synonym matches .5 but adds into integers, so that they add
 * nothing to the first key; the distance of a tried match is added to the path that *skips* it.
 * @module
 */
import { porter2Stem } from './porter2-stemmer.ts'

export type MeteorModule = 'exact' | 'stem' | 'synonym'

/** Synset ids of a lower-case word, those of its base form included. A Map is one. */
export interface SynonymTable {
  get(word: string): ReadonlySet<number> | undefined
}

/** One aligned pair of words. */
export interface MeteorMatch {
  /** Index into the modules. */
  readonly module: number
  /** Position in the reference. */
  readonly reference: number
  /** Position in the candidate. */
  readonly candidate: number
}

const BEAM = 40
/** What a match adds to the first key, after truncation. */
const SEARCH_WEIGHT: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0, synonym: 0 }

/**
 * Aligns lower-case tokens.
 * @returns at most one match a reference word, in order of the reference, and the number of contiguous chunks.
 */
export function alignMeteor(
  candidate: readonly string[],
  reference: readonly string[],
  modules: readonly MeteorModule[],
  synonyms: SynonymTable = new Map(),
): { matches: MeteorMatch[]; chunks: number } {
  const identical = candidate.length === reference.length && candidate.every((word, i) => word === reference[i])
  const used = identical ? modules.slice(0, 1) : modules
  /** Of each reference word. */
  const options: MeteorMatch[][] = reference.map(() => [])
  const coverage = new Int32Array(candidate.length)
  used.forEach((module, index) => {
    const matches = matcherOf(module, candidate, reference, synonyms)
    for (let j = 0; j < reference.length; j++) {
      for (let i = 0; i < candidate.length; i++) {
        if (!matches(i, j)) continue
        options[j]!.push({ module: index, reference: j, candidate: i })
        coverage[i]!++
      }
    }
  })
  const best = search(options, coverage, candidate.length, modules)
  return { matches: best.filter((match) => match !== undefined), chunks: countChunks(best) }
}

/** Stems and synonyms match *different* words only. */
function matcherOf(
  module: MeteorModule,
  candidate: readonly string[],
  reference: readonly string[],
  synonyms: SynonymTable,
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
    this.weight += 2 * weight
    if (this.lastEnd !== -1 && match.candidate !== this.lastEnd) this.chunks++
    this.index = match.reference + 1
    this.lastEnd = match.candidate + 1
  }
}

/** More weight, then fewer chunks, then less distance. */
function compare(a: Path, b: Path): number {
  return b.weight - a.weight || a.chunks - b.chunks || a.distance - b.distance
}

function search(
  options: readonly MeteorMatch[][],
  coverage: Int32Array,
  candidateLength: number,
  modules: readonly MeteorModule[],
): readonly (MeteorMatch | undefined)[] {
  const weightOf = (match: MeteorMatch) => SEARCH_WEIGHT[modules[match.module]!]
  const start = new Path(
    options.map(() => undefined),
    new Uint8Array(candidateLength),
    new Uint8Array(options.length),
  )
  // a word pair that nothing else touches is settled
  options.forEach((matches, j) => {
    const only = matches[0]
    if (matches.length !== 1 || only === undefined || coverage[only.candidate] !== 1) return
    start.matches[j] = only
    start.usedReference[j] = 1
    start.usedCandidate[only.candidate] = 1
  })
  let next: Path[] = [start]
  for (let current = 0; current < options.length; current++) {
    const paths = next.toSorted(compare).slice(0, BEAM)
    next = []
    for (const path of paths) {
      const settled = path.matches[current]
      if (path.usedReference[current] === 1 && settled !== undefined) {
        path.accept(settled, weightOf(settled))
        path.distance += Math.abs(settled.reference - settled.candidate)
        next.push(path)
        continue
      }
      for (const match of options[current]!) {
        if (path.usedCandidate[match.candidate] === 1) continue
        const taken = path.copy()
        taken.usedCandidate[match.candidate] = 1
        taken.usedReference[current] = 1
        taken.matches[current] = match
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
  }
  const complete = next.toSorted(compare).slice(0, BEAM)
  for (const path of complete) if (path.lastEnd !== -1) path.chunks++
  return complete.toSorted(compare)[0]!.matches
}

function countChunks(matches: readonly (MeteorMatch | undefined)[]): number {
  let chunks = 0
  let lastEnd = -1
  for (const match of matches) {
    if (match === undefined) {
      if (lastEnd !== -1) chunks++
      lastEnd = -1
    } else {
      if (lastEnd !== -1 && match.candidate !== lastEnd) chunks++
      lastEnd = match.candidate + 1
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
