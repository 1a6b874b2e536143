/**
 * ROUGE-L of the COCO caption evaluation.
 *
 * Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004; salaniz/pycocoevalcap @ad63453
 * `rouge/rouge.py`. Quirks kept: the best precision and the best recall are chosen independently, possibly
 * from different references; tokens are split at the ASCII space only, so an empty caption is one empty
 * token, and two empty captions score 1.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'
import { type NumberedTexts, numberTexts } from './numbered-texts.ts'

export const rougeLMetric: MetricDescriptor = {
  name: 'ROUGE_L',
  variants: ['coco-caption'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Lin, 2004', code: 'salaniz/pycocoevalcap @ad63453 rouge/rouge.py' },
}

/** Weight of recall against precision. */
const BETA = 1.2

/**
 * F-measure in [0, 1] of the longest common subsequence. The corpus value is the mean over images.
 * @param references - at least one.
 */
export function rougeL(candidate: string, references: readonly string[]): number {
  const texts = numberTexts([candidate, ...references], (text) => text.split(' '))
  return new RougeLScorer(texts).score(0, references.length + 1)
}

/**
 * Scores the images of a corpus with numbered words; its texts must have been split at the ASCII space.
 */
export class RougeLScorer {
  readonly #texts: NumberedTexts
  /**
   * Per word, its positions among a candidate's first 32, one bit each. Zeros between images.
   */
  readonly #places: Int32Array
  /** The same for a longer candidate. */
  readonly #long = new Map<number, Int32Array>()

  constructor(texts: NumberedTexts) {
    this.#texts = texts
    this.#places = new Int32Array(texts.words.length)
  }

  /**
   * @param candidate - index of the candidate's text; its references follow, up to `end`, exclusive.
   */
  score(candidate: number, end: number): number {
    if (end - candidate < 2) throw new RangeError('ROUGE-L needs at least one reference')
    const { numbers, starts } = this.#texts
    const from = starts[candidate]!
    const to = starts[candidate + 1]!
    const places = this.#places
    const isShort = to - from <= WORD_BITS
    if (isShort) for (let i = from; i < to; i++) places[numbers[i]!]! |= 1 << (i - from)
    else this.#placeLong(from, to)
    let precision = 0
    let recall = 0
    for (let reference = candidate + 1; reference < end; reference++) {
      const begin = starts[reference]!
      const stop = starts[reference + 1]!
      const common = isShort
        ? commonOfShort(to - from, places, numbers, begin, stop)
        : commonOfLong(to - from, this.#long, numbers, begin, stop)
      precision = Math.max(precision, common / (to - from))
      recall = Math.max(recall, common / (stop - begin))
    }
    if (isShort) for (let i = from; i < to; i++) places[numbers[i]!] = 0
    if (precision === 0 || recall === 0) return 0
    return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision)
  }

  #placeLong(from: number, to: number): void {
    const { numbers } = this.#texts
    this.#long.clear()
    const width = Math.ceil((to - from) / WORD_BITS)
    for (let i = from; i < to; i++) {
      let places = this.#long.get(numbers[i]!)
      if (places === undefined) this.#long.set(numbers[i]!, (places = new Int32Array(width)))
      places[(i - from) >>> 5]! |= 1 << (i - from)
    }
  }
}

const WORD_BITS = 32

/**
 * Length of the longest common subsequence, with a row of the table in the bits of a number: Hyyrö,
 * "Bit-parallel LCS-length computation revisited", 2004.
 * @param length - length of the candidate, at most 32.
 */
function commonOfShort(length: number, places: Int32Array, numbers: Uint32Array, from: number, to: number): number {
  let row = -1
  for (let i = from; i < to; i++) {
    const matches = row & places[numbers[i]!]!
    row = (row + matches) | (row - matches)
  }
  let common = length === WORD_BITS ? ~row : ~row & ((1 << length) - 1)
  let count = 0
  for (; common !== 0; common &= common - 1) count++
  return count
}

/**
 * The same for a candidate of any length: a row takes several numbers, and sums carry from one to the next.
 * @param places - positions of the candidate's words.
 */
function commonOfLong(
  length: number,
  places: ReadonlyMap<number, Int32Array>,
  numbers: Uint32Array,
  from: number,
  to: number,
): number {
  const row = new Int32Array(Math.ceil(length / WORD_BITS)).fill(-1)
  for (let i = from; i < to; i++) {
    const own = places.get(numbers[i]!)
    if (own === undefined) continue
    let carry = 0
    for (let k = 0; k < row.length; k++) {
      const word = row[k]!
      const matches = word & own[k]!
      const sum = (word >>> 0) + (matches >>> 0) + carry
      carry = sum > 0xffffffff ? 1 : 0
      row[k] = sum | (word - matches)
    }
  }
  // Bits beyond the candidate stay set: no word is there.
  let count = 0
  for (const word of row) for (let common = ~word; common !== 0; common &= common - 1) count++
  return count
}
