/**
 * METEOR 1.5 for English (`-l en -norm`, the ranking task), without its paraphrase table.
 *
 * Denkowski & Lavie, "Meteor Universal", WMT 2014; cmu-mtlab/meteor @57a9ec5 `MeteorScorer`. What the literature calls METEOR also
 * matches paraphrases; without them the official demo gives .18967 instead of .195, so every variant here says which modules it has
 * and that paraphrases are not among them.
 * @module
 */
import { pow } from '../statistics/elementary.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { alignMeteor, type MeteorModule, type SynonymTable } from './meteor-aligner.ts'
import { meteorTokens } from './meteor-normalizer.ts'

export const meteorMetric: MetricDescriptor = {
  name: 'METEOR',
  variants: ['METEOR_noparaphrase:exact', 'METEOR_noparaphrase:exact_stem', 'METEOR_noparaphrase:exact_stem_synonym'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Denkowski & Lavie, WMT 2014', code: 'cmu-mtlab/meteor @57a9ec5' },
}

/** Balance of precision and recall, shape and weight of the fragmentation penalty, weight of content words. */
const ALPHA = 0.85
const BETA = 0.2
const GAMMA = 0.6
const DELTA = 0.75
const MODULE_WEIGHT: Readonly<Record<MeteorModule, number>> = { exact: 1, stem: 0.6, synonym: 0.8 }
/** Slots of the wire format; the last is for paraphrases. */
const MODULE_SLOTS: readonly MeteorModule[] = ['exact', 'stem', 'synonym']

/**
 * Words that count as function words: the frequent ones of English news text. Reconstructed from the statistics that METEOR gives for
 * the golden captions, whose every word it classes as METEOR does.
 */
const FUNCTION_WORDS = new Set(
  (
    "' a about after all an and are as at be but by can for from has he her his in into is it more of on one or other out over people s " +
    'she some that the their there they this to two up what who with ' +
    "was were will would have had not you i its if when than which been we us our so no new first last year years said also could time 's 't , . - \" ( ) : ;"
  ).split(' '),
)

/**
 * METEOR's 23 sufficient statistics: candidate and reference length, function words of each; for each of four modules the content
 * matches of candidate and reference and the function matches of each; chunks; matched words of each. All but the chunks of perfect
 * segments add up.
 */
export type MeteorStatistics = readonly number[]
/** One segment's statistics or summed ones, in any array. */
type MeteorSums = ArrayLike<number>

export const METEOR_WIDTH = 23
const CHUNKS = 20

export interface MeteorOptions {
  /** In order; the synonym module needs `synonyms`. */
  readonly modules?: readonly MeteorModule[]
  /** Without a table the modules are exact and stem. */
  readonly synonyms?: SynonymTable
}

/** The variant's name: which modules took part. */
export function meteorVariant({ modules, synonyms }: MeteorOptions = {}): string {
  return `METEOR_noparaphrase:${modulesOf(modules, synonyms).join('_')}`
}

/**
 * Statistics against the reference that scores best; of equal ones the first.
 * @param candidate - text as the PTB tokenizer gives it; METEOR tokenises again.
 * @param references - at least one.
 */
export function meteorStatistics(
  candidate: string,
  references: readonly string[],
  { modules, synonyms }: MeteorOptions = {},
): MeteorStatistics {
  if (references.length === 0) throw new RangeError('METEOR needs at least one reference')
  const used = modulesOf(modules, synonyms)
  const tokens = meteorTokens(candidate).map((token) => token.toLowerCase())
  let best: MeteorStatistics = []
  let bestScore = -1
  for (const reference of references) {
    const words = meteorTokens(reference).map((token) => token.toLowerCase())
    const statistics = segmentStatistics(tokens, words, used, synonyms)
    const score = meteorOf(statistics)
    if (score > bestScore) {
      best = statistics
      bestScore = score
    }
  }
  return best
}

/** The score in [0, 1] of one segment's statistics or of summed ones. 0 where nothing matches. */
export function meteorOf(statistics: MeteorSums): number {
  const testLength = statistics[0]!
  const referenceLength = statistics[1]!
  const testFunction = statistics[2]!
  const referenceFunction = statistics[3]!
  let testMatches = 0
  let referenceMatches = 0
  // content words first, then function words: the official order of additions, so that equal scores stay equal
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

/** What a segment adds to a corpus: its statistics, a perfect one without its chunk. */
export function encodeMeteor(segment: MeteorStatistics): MeteorStatistics {
  return isPerfect(segment) ? segment.with(CHUNKS, 0) : segment
}

/** Adds up segments for the corpus score. */
export function sumMeteor(segments: Iterable<MeteorStatistics>): MeteorStatistics {
  const total = Array.from({ length: METEOR_WIDTH }, () => 0)
  for (const segment of segments) encodeMeteor(segment).forEach((value, index) => (total[index]! += value))
  return total
}

function segmentStatistics(
  candidate: readonly string[],
  reference: readonly string[],
  modules: readonly MeteorModule[],
  synonyms: SynonymTable | undefined,
): number[] {
  const isFunction = candidate.map((word) => FUNCTION_WORDS.has(word))
  const isReferenceFunction = reference.map((word) => FUNCTION_WORDS.has(word))
  const statistics = Array.from({ length: METEOR_WIDTH }, () => 0)
  statistics[0] = candidate.length
  statistics[1] = reference.length
  statistics[2] = isFunction.filter(Boolean).length
  statistics[3] = isReferenceFunction.filter(Boolean).length
  const { matches, chunks } = alignMeteor(candidate, reference, modules, synonyms)
  for (const match of matches) {
    const at = 4 + 4 * MODULE_SLOTS.indexOf(modules[match.module]!)
    statistics[at + (isFunction[match.candidate] ? 2 : 0)]!++
    statistics[at + (isReferenceFunction[match.reference] ? 3 : 1)]!++
  }
  statistics[CHUNKS] = chunks
  statistics[CHUNKS + 1] = matches.length
  statistics[CHUNKS + 2] = matches.length
  return statistics
}

/** Everything matched, in one chunk. */
function isPerfect(statistics: MeteorSums): boolean {
  return statistics[CHUNKS + 1] === statistics[0] && statistics[CHUNKS + 2] === statistics[1] && statistics[CHUNKS] === 1
}

function fragmentation(statistics: MeteorSums): number {
  return statistics[CHUNKS]! / ((statistics[CHUNKS + 1]! + statistics[CHUNKS + 2]!) / 2)
}

function modulesOf(modules: readonly MeteorModule[] | undefined, synonyms: SynonymTable | undefined): readonly MeteorModule[] {
  const used = modules ?? (synonyms === undefined ? ['exact', 'stem'] : ['exact', 'stem', 'synonym'])
  if (used.includes('synonym') && synonyms === undefined) throw new RangeError('the synonym module needs a table')
  return used
}
