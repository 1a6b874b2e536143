/**
 * METEOR 1.5's beam search for the best set of matches without a common word.
 *
 * cmu-mtlab/meteor @57a9ec5 `Aligner`. Quirks kept: all but exact matches weigh .5 and are added into
 * integers, so single words add nothing to the first key; the distance of a tried match is added to the path
 * that *skips* it and to paths that take a later one.
 *
 * Time is (words of the reference) × {@link BEAM} × (words of the candidate) / 32, and memory grows with the
 * number of words only: the matches of a word are a bit set, and a path is copied only if it is among the
 * best.
 * @module
 */

/** Aligned words of both sides: one of each, except for paraphrased phrases. */
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

/** Matches of one module for the word or phrase that begins at one position of the reference. */
export type MatchGroup = WordGroup | PhraseGroup

/** Single words. */
export interface WordGroup {
  readonly module: number
  /** Weight in the search: 1 or .5. */
  readonly weight: number
  /** Positions in the candidate, one bit each, 32 per number. Equal words share the set. */
  readonly positions: Int32Array
}

/** Phrases, in the order of trial. */
export interface PhraseGroup {
  readonly module: number
  readonly weight: number
  readonly phrases: readonly {
    readonly candidate: number
    readonly candidateLength: number
    readonly referenceLength: number
  }[]
}

/** Paths that continue from one word of the reference to the next. */
const BEAM = 40

/** Matches of a path, the last one first: paths share their common part. */
interface Taken {
  readonly match: MeteorMatch
  readonly before: Taken | undefined
}

/** A partial alignment. */
interface Path {
  taken: Taken | undefined
  /** Matched words of both sides, weighted. */
  readonly weight: number
  chunks: number
  /** The next word of the reference to decide about. */
  readonly index: number
  /** Candidate position after the open chunk, or -1. */
  readonly lastEnd: number
  readonly distance: number
  /** Its row of used words; before it is kept, that of its parent path. */
  row: number
  /** Before it is kept: the match that it adds to its parent. */
  added: MeteorMatch | undefined
}

/**
 * @param groups - by the reference word at which the matches begin, in the order of trial.
 * @returns the matches by the reference word at which they begin.
 */
export function searchAlignment(
  groups: readonly (readonly MatchGroup[])[],
  candidateLength: number,
): (MeteorMatch | undefined)[] {
  const search = new Search(groups, candidateLength)
  for (let current = 0; current < groups.length; current++) search.advance(current)
  return search.best()
}

class Search {
  readonly #groups: readonly (readonly MatchGroup[])[]
  /** A match whose words no other match touches is settled beforehand. */
  readonly #settled: readonly (MeteorMatch | undefined)[]
  readonly #settledReference: Uint8Array
  /** Numbers per bit set of the candidate's words. */
  readonly #width: number
  /** Used candidate words, one row per path. */
  #used: Int32Array
  #usedNext: Int32Array
  #paths: Path[]
  /** The best next paths so far, in order. */
  #next: Path[] = []

  constructor(groups: readonly (readonly MatchGroup[])[], candidateLength: number) {
    this.#groups = groups
    this.#width = Math.ceil(candidateLength / BITS)
    this.#used = new Int32Array(BEAM * this.#width)
    this.#usedNext = new Int32Array(BEAM * this.#width)
    this.#settled = settledMatches(groups, candidateLength)
    this.#settledReference = new Uint8Array(groups.length)
    for (const match of this.#settled) {
      if (match === undefined) continue
      this.#settledReference.fill(1, match.reference, match.reference + match.referenceLength)
      setBits(this.#used, 0, match.candidate, match.candidateLength)
    }
    const start = { taken: undefined, weight: 0, chunks: 0, index: 0, lastEnd: -1, distance: 0, row: 0, added: undefined }
    this.#paths = [start]
  }

  /** Decides about one word of the reference. */
  advance(current: number): void {
    this.#next = []
    const isSettled = this.#settledReference[current] === 1
    for (const path of this.#paths) {
      if (isSettled || current < path.index) this.#pass(path, current)
      else this.#branch(path, current)
    }
    if (this.#next.length === 0) this.#next.push(this.#paths[0]!)
    this.#keepNext()
  }

  best(): (MeteorMatch | undefined)[] {
    for (const path of this.#paths) if (path.lastEnd !== -1) path.chunks++
    const matches = this.#settled.slice()
    const best = this.#paths.reduce((first, path) => (isBetter(path.weight, path.chunks, path.distance, first) ? path : first))
    for (let { taken } = best; taken !== undefined; taken = taken.before) matches[taken.match.reference] = taken.match
    return matches
  }

  /**
   * Within a phrase there is nothing to decide; a settled match is taken at its beginning. Any other path
   * ends here.
   */
  #pass(path: Path, current: number): void {
    if (current < path.index) {
      const { weight, chunks, index, lastEnd, distance } = path
      if (this.#isAmongBest(weight, chunks, distance)) this.#keep(path, weight, chunks, index, lastEnd, distance, undefined)
      return
    }
    const match = this.#settled[path.index]
    if (match === undefined) return
    const { module, reference, referenceLength, candidate, candidateLength } = match
    const { weight } = this.#groups[reference]![0]!
    const distance = path.distance + Math.abs(reference - candidate)
    this.#offerMatch(path, module, reference, referenceLength, candidate, candidateLength, weight, distance)
  }

  #branch(path: Path, current: number): void {
    let { distance } = path
    for (const group of this.#groups[current]!)
      distance =
        'positions' in group ? this.#tryWords(path, current, group, distance) : this.#tryPhrases(path, current, group, distance)
    const chunks = path.chunks + (path.lastEnd === -1 ? 0 : 1)
    if (this.#isAmongBest(path.weight, chunks, distance))
      this.#keep(path, path.weight, chunks, path.index + 1, -1, distance, undefined)
  }

  /**
   * The first free word of a group is its best one, except for the word that continues the open chunk. So
   * once one is not among the best paths, the remaining ones only need to be added up.
   * @param distance - distance of the path and of the matches tried before.
   * @returns the distance including those of this group.
   */
  #tryWords(path: Path, reference: number, { module, weight, positions }: WordGroup, distance: number): number {
    const { lastEnd } = path
    const row = path.row * this.#width
    let sum = distance
    let hopeless = false
    for (let block = 0; block < this.#width; block++) {
      let free = positions[block]! & ~this.#used[row + block]!
      if (free === 0) continue
      const first = BITS * block
      while (free !== 0 && !hopeless) {
        const bit = free & -free
        const candidate = first + 31 - Math.clz32(bit)
        hopeless = !this.#offerMatch(path, module, reference, 1, candidate, 1, weight, sum) && candidate !== lastEnd
        sum += Math.abs(reference - candidate)
        free ^= bit
      }
      if (free === 0) continue
      if (lastEnd >>> 5 === block && ((free >>> (lastEnd & 31)) & 1) === 1) {
        const before = free & ((1 << (lastEnd & 31)) - 1)
        this.#offerMatch(path, module, reference, 1, lastEnd, 1, weight, sum + sumOfDistances(before, first, reference))
      }
      sum += sumOfDistances(free, first, reference)
    }
    return sum
  }

  #tryPhrases(path: Path, reference: number, { module, weight, phrases }: PhraseGroup, distance: number): number {
    let sum = distance
    for (const { candidate, candidateLength, referenceLength } of phrases) {
      if (!this.#isFree(path, reference, referenceLength, candidate, candidateLength)) continue
      this.#offerMatch(path, module, reference, referenceLength, candidate, candidateLength, weight, sum)
      sum += Math.abs(reference - candidate)
    }
    return sum
  }

  #isFree(path: Path, reference: number, referenceLength: number, candidate: number, candidateLength: number): boolean {
    for (let k = 0; k < referenceLength; k++) if (this.#settledReference[reference + k] === 1) return false
    const row = path.row * this.#width
    for (let at = candidate; at < candidate + candidateLength; at++)
      if (((this.#used[row + (at >>> 5)]! >>> (at & 31)) & 1) === 1) return false
    return true
  }

  /** @returns whether the path is among the best so far. */
  #offerMatch(
    path: Path,
    module: number,
    reference: number,
    referenceLength: number,
    candidate: number,
    candidateLength: number,
    searchWeight: number,
    distance: number,
  ): boolean {
    // Each side is added to an integer of its own.
    const weight = path.weight + Math.floor(candidateLength * searchWeight) + Math.floor(referenceLength * searchWeight)
    const chunks = path.chunks + (path.lastEnd !== -1 && candidate !== path.lastEnd ? 1 : 0)
    if (!this.#isAmongBest(weight, chunks, distance)) return false
    // Settled words are already among the used words.
    const isNew = this.#settledReference[reference] === 0
    const added = isNew ? { module, reference, referenceLength, candidate, candidateLength } : undefined
    this.#keep(path, weight, chunks, reference + referenceLength, candidate + candidateLength, distance, added)
    return true
  }

  #isAmongBest(weight: number, chunks: number, distance: number): boolean {
    return this.#next.length < BEAM || isBetter(weight, chunks, distance, this.#next[BEAM - 1]!)
  }

  /** Among equal paths the earlier ones win. */
  #keep(
    from: Path,
    weight: number,
    chunks: number,
    index: number,
    lastEnd: number,
    distance: number,
    added: MeteorMatch | undefined,
  ): void {
    const next = this.#next
    if (next.length === BEAM) next.pop()
    let at = next.length
    while (at > 0 && isBetter(weight, chunks, distance, next[at - 1]!)) at--
    next.splice(at, 0, { taken: from.taken, weight, chunks, index, lastEnd, distance, row: from.row, added })
  }

  /** Gives each continuing path its own row of used words. */
  #keepNext(): void {
    const width = this.#width
    for (const [row, path] of this.#next.entries()) {
      const from = path.row * width
      for (let k = 0; k < width; k++) this.#usedNext[row * width + k] = this.#used[from + k]!
      path.row = row
      if (path.added === undefined) continue
      setBits(this.#usedNext, row * width, path.added.candidate, path.added.candidateLength)
      path.taken = { match: path.added, before: path.taken }
      path.added = undefined
    }
    const used = this.#used
    this.#used = this.#usedNext
    this.#usedNext = used
    this.#paths = this.#next
  }
}

/** Order: more weight, then fewer chunks, then less distance. */
function isBetter(weight: number, chunks: number, distance: number, other: Path): boolean {
  if (weight !== other.weight) return weight > other.weight
  return chunks === other.chunks ? distance < other.distance : chunks < other.chunks
}

/** Settles a match that is the only one of all its words. */
function settledMatches(groups: readonly (readonly MatchGroup[])[], candidateLength: number): (MeteorMatch | undefined)[] {
  /** Number of matches that touch each word. */
  const ofCandidate = new Uint32Array(candidateLength)
  const ofReference = new Uint32Array(groups.length)
  /** Words of the reference that share a position set share a count. */
  const uses = new Map<Int32Array, number>()
  const only = groups.map((own, reference): MeteorMatch | undefined => {
    let match: MeteorMatch | undefined
    let count = 0
    for (const group of own) {
      if ('positions' in group) {
        const { module, positions } = group
        uses.set(positions, (uses.get(positions) ?? 0) + 1)
        const size = countBits(positions)
        ofReference[reference]! += size
        count += size
        if (count === 1) match = { module, reference, referenceLength: 1, candidate: firstBit(positions), candidateLength: 1 }
      } else
        for (const { candidate, candidateLength: length, referenceLength } of group.phrases) {
          for (let k = 0; k < referenceLength; k++) ofReference[reference + k]!++
          for (let k = 0; k < length; k++) ofCandidate[candidate + k]!++
          count++
          if (count === 1) match = { module: group.module, reference, referenceLength, candidate, candidateLength: length }
        }
    }
    return count === 1 ? match : undefined
  })
  for (const [positions, times] of uses)
    for (let at = 0; at < candidateLength; at++) if (((positions[at >>> 5]! >>> (at & 31)) & 1) === 1) ofCandidate[at]! += times
  const isAlone = ({ reference, referenceLength, candidate, candidateLength: length }: MeteorMatch) => {
    for (let k = 0; k < referenceLength; k++) if (ofReference[reference + k] !== 1) return false
    for (let k = 0; k < length; k++) if (ofCandidate[candidate + k] !== 1) return false
    return true
  }
  return only.map((match) => (match !== undefined && isAlone(match) ? match : undefined))
}

const BITS = 32

/** An empty set of positions. */
export function noPositions(candidateLength: number): Int32Array {
  return new Int32Array(Math.ceil(candidateLength / BITS))
}

/** Sets `length` bits from `start` on, in the row that begins at `offset`. */
export function setBits(bits: Int32Array, offset: number, start: number, length: number): void {
  for (let at = start; at < start + length; at++) bits[offset + (at >>> 5)]! |= 1 << (at & 31)
}

function firstBit(bits: Int32Array): number {
  const block = bits.findIndex((number) => number !== 0)
  return BITS * block + 31 - Math.clz32(bits[block]! & -bits[block]!)
}

export function countBits(bits: Int32Array): number {
  let count = 0
  for (const number of bits) if (number !== 0) count += countOf(number)
  return count
}

/** Per byte: its number of bits, and the sum of their positions. */
const COUNTS = new Uint8Array(256)
const PLACES = new Uint8Array(256)
for (let byte = 1; byte < 256; byte++)
  for (let place = 0; place < 8; place++) {
    COUNTS[byte]! += (byte >>> place) & 1
    PLACES[byte]! += place * ((byte >>> place) & 1)
  }

function countOf(bits: number): number {
  return COUNTS[bits & 255]! + COUNTS[(bits >>> 8) & 255]! + COUNTS[(bits >>> 16) & 255]! + COUNTS[bits >>> 24]!
}

function sumOfPlaces(bits: number): number {
  const second = (bits >>> 8) & 255
  const third = (bits >>> 16) & 255
  const fourth = bits >>> 24
  const shifted = 8 * COUNTS[second]! + 16 * COUNTS[third]! + 24 * COUNTS[fourth]!
  return PLACES[bits & 255]! + PLACES[second]! + PLACES[third]! + PLACES[fourth]! + shifted
}

/** The sum of |word − (first + place)| over the bits. */
function sumOfDistances(bits: number, first: number, word: number): number {
  if (bits === 0) return 0
  const place = word - first
  const below = place <= 0 ? 0 : place >= BITS ? bits : bits & ((1 << place) - 1)
  const above = bits ^ below
  return place * countOf(below) - sumOfPlaces(below) + sumOfPlaces(above) - place * countOf(above)
}
