/**
 * METEOR 1.5 for English (`-l en -norm`, the ranking task).
 *
 * Denkowski & Lavie, "Meteor Universal", WMT 2014; cmu-mtlab/meteor @57a9ec5 `MeteorScorer`. The METEOR of
 * the literature also matches paraphrases by a table of 60 MB; without it the official demo gives .18967
 * instead of .195. So every variant names its modules and says `noparaphrase` if it has no paraphrases.
 * @module
 */
import { pow } from '../statistics/elementary.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { javaLowerCase } from './java-lower-case.ts'
import { alignMeteor, type MeteorModule, type MeteorTables } from './meteor-aligner.ts'
import { meteorTokens } from './meteor-normalizer.ts'

export const meteorMetric: MetricDescriptor = {
  name: 'METEOR',
  variants: [
    'METEOR_noparaphrase:exact',
    'METEOR_noparaphrase:exact_stem',
    'METEOR_noparaphrase:exact_stem_synonym',
    'METEOR:exact_stem_paraphrase',
    'METEOR:exact_stem_synonym_paraphrase',
  ],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Denkowski & Lavie, WMT 2014', code: 'cmu-mtlab/meteor @57a9ec5' },
}

/**
 * Balance of precision and recall, shape and weight of the fragmentation penalty, weight of content words.
 */
const ALPHA = 0.85
const BETA = 0.2
const GAMMA = 0.6
const DELTA = 0.75
const MODULE_WEIGHT: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0.6, synonym: 0.8, paraphrase: 0.6 }
/** Slots of the wire format. */
const MODULE_SLOTS: readonly MeteorModule[] = ['exact', 'stem', 'synonym', 'paraphrase']

/**
 * Words that count as function words: frequent words and marks of English news text. Measured by giving each
 * of 29,000 words and marks alone to METEOR 1.5.
 */
const FUNCTION_WORDS = new Set(
  (
    "\" $ ' ( ) , - -lrb- -rrb- . : ? — 's 't a about after all also an and are as at be been but by can could first for from had has have " +
    'he her his i if in into is it its last more new no not of on one or other out over people s said she so some than that the their ' +
    'there they this time to two up was we were what when which who will with would year years you'
  ).split(' '),
)

/**
 * METEOR's 23 sufficient statistics: candidate and reference length, function words of each; for each of four
 * modules the content matches of candidate and reference and the function matches of each; chunks; matched
 * words of each. All add, except the chunks of perfect segments.
 */
export type MeteorStatistics = readonly number[]
/** Statistics of one segment or sums, in any array. */
type MeteorSums = ArrayLike<number>

export const METEOR_WIDTH = 23
const CHUNKS = 20

export interface MeteorOptions extends MeteorTables {
  /** In order. Default: exact, stem, and every module with a table. */
  readonly modules?: readonly MeteorModule[]
}

/** Name of the variant: its modules. */
export function meteorVariant(options: MeteorOptions = {}): string {
  const modules = modulesOf(options)
  return `METEOR${modules.includes('paraphrase') ? '' : '_noparaphrase'}:${modules.join('_')}`
}

/** The words to align. @param line - output of the PTB tokenizer; METEOR tokenizes it again. */
export function meteorWords(line: string): string[] {
  return meteorTokens(line).map(javaLowerCase)
}

/**
 * Statistics against the best-scoring reference; the first in a tie.
 * @param candidate - output of the PTB tokenizer; METEOR tokenizes it again.
 * @param references - at least one.
 */
export function meteorStatistics(
  candidate: string,
  references: readonly string[],
  options: MeteorOptions = {},
): MeteorStatistics {
  if (references.length === 0) throw new RangeError('METEOR needs at least one reference')
  const used = modulesOf(options)
  const tokens = meteorWords(candidate)
  let best: MeteorStatistics = []
  let bestScore = -1
  for (const reference of references) {
    const words = meteorWords(reference)
    const statistics = segmentStatistics(tokens, words, used, options)
    const score = meteorOf(statistics)
    if (score > bestScore) {
      best = statistics
      bestScore = score
    }
  }
  return best
}

/** The score in [0, 1] of one segment's statistics or of sums. 0 without matches. */
export function meteorOf(statistics: MeteorSums): number {
  const testLength = statistics[0]!
  const referenceLength = statistics[1]!
  const testFunction = statistics[2]!
  const referenceFunction = statistics[3]!
  let testMatches = 0
  let referenceMatches = 0
  // Content words first, then function words: the official order of additions, so that equal scores stay
  // equal.
  for (const [slots, weight] of [
    [0, DELTA],
    [2, 1 - DELTA],
  ] as const) {
    MODULE_SLOTS.forEach((module, slot) => {
      const at = 4 + 4 * slot + slots
      testMatches += statistics[at]! * MODULE_WEIGHT[module] * weight
      referenceMatches += statistics[at + 1]! * MODULE_WEIGHT[module] * weight
    })
  }
  const precision = testMatches / (DELTA * (testLength - testFunction) + (1 - DELTA) * testFunction)
  const recall = referenceMatches / (DELTA * (referenceLength - referenceFunction) + (1 - DELTA) * referenceFunction)
  const fMean = 1 / ((1 - ALPHA) / precision + ALPHA / recall)
  const penalty = isPerfect(statistics) ? 0 : GAMMA * pow(fragmentation(statistics), BETA)
  const score = fMean * (1 - penalty)
  return Number.isNaN(score) ? 0 : Math.max(score, 0)
}

/**
 * The worst and the best segments of the given lengths, as rows of {@link encodeMeteor}: nothing matched;
 * every word matched exactly and in order. An empty candidate counts as one of the reference's length, since
 * it says nothing about other lengths.
 * @param row - only its lengths are read; need not be counts.
 */
export function unseenMeteor(row: ArrayLike<number>): { worst: number[]; best: number[] } {
  const [, ofReference, , functionOfReference] = row as ArrayLike<number> & [number, number, number, number]
  const lengths = row[0]! > 0 ? Array.from(row).slice(0, 4) : [ofReference, ofReference, functionOfReference, functionOfReference]
  const [test, reference, testFunction, referenceFunction] = lengths as [number, number, number, number]
  const worst = [...lengths, ...Array.from({ length: METEOR_WIDTH - 4 }, () => 0)]
  const best = worst.toSpliced(4, 4, test - testFunction, reference - referenceFunction, testFunction, referenceFunction)
  best[CHUNKS + 1] = test
  best[CHUNKS + 2] = reference
  return { worst, best }
}

/** A segment's contribution to a corpus: its statistics, without the chunk if it is perfect. */
export function encodeMeteor(segment: MeteorStatistics): MeteorStatistics {
  return isPerfect(segment) ? segment.with(CHUNKS, 0) : segment
}

/** Adds segments for the corpus score. */
export function sumMeteor(segments: Iterable<MeteorStatistics>): MeteorStatistics {
  const total = Array.from({ length: METEOR_WIDTH }, () => 0)
  for (const segment of segments) encodeMeteor(segment).forEach((value, index) => (total[index]! += value))
  return total
}

function segmentStatistics(
  candidate: readonly string[],
  reference: readonly string[],
  modules: readonly MeteorModule[],
  tables: MeteorTables,
): number[] {
  const isFunction = candidate.map((word) => FUNCTION_WORDS.has(word))
  const isReferenceFunction = reference.map((word) => FUNCTION_WORDS.has(word))
  const statistics = Array.from({ length: METEOR_WIDTH }, () => 0)
  statistics[0] = candidate.length
  statistics[1] = reference.length
  statistics[2] = isFunction.filter(Boolean).length
  statistics[3] = isReferenceFunction.filter(Boolean).length
  const { matches, chunks } = alignMeteor(candidate, reference, modules, tables)
  for (const match of matches) {
    const at = 4 + 4 * MODULE_SLOTS.indexOf(modules[match.module]!)
    for (let k = 0; k < match.candidateLength; k++) statistics[at + (isFunction[match.candidate + k] ? 2 : 0)]!++
    for (let k = 0; k < match.referenceLength; k++) statistics[at + (isReferenceFunction[match.reference + k] ? 3 : 1)]!++
    statistics[CHUNKS + 1]! += match.candidateLength
    statistics[CHUNKS + 2]! += match.referenceLength
  }
  statistics[CHUNKS] = chunks
  return statistics
}

/** Whether everything matched, in one chunk. */
function isPerfect(statistics: MeteorSums): boolean {
  return statistics[CHUNKS + 1] === statistics[0] && statistics[CHUNKS + 2] === statistics[1] && statistics[CHUNKS] === 1
}

function fragmentation(statistics: MeteorSums): number {
  return statistics[CHUNKS]! / ((statistics[CHUNKS + 1]! + statistics[CHUNKS + 2]!) / 2)
}

function modulesOf({ modules, synonyms, paraphrases }: MeteorOptions): readonly MeteorModule[] {
  const used: readonly MeteorModule[] = modules ?? [
    'exact',
    'stem',
    ...(synonyms === undefined ? [] : (['synonym'] as const)),
    ...(paraphrases === undefined ? [] : (['paraphrase'] as const)),
  ]
  if (used.includes('synonym') && synonyms === undefined) throw new RangeError('the synonym module needs a table')
  if (used.includes('paraphrase') && paraphrases === undefined) throw new RangeError('the paraphrase module needs a table')
  return used
}
