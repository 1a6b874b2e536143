/**
 * ROUGE-L as the COCO caption evaluation computes it.
 *
 * Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004; salaniz/pycocoevalcap @ad63453 `rouge/rouge.py`. Kept: the
 * best precision and the best recall are chosen independently, possibly from different references; tokens are split at the ASCII
 * space only, so an empty caption is one empty token and two empty captions score 1.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

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
  if (references.length === 0) throw new RangeError('ROUGE-L needs at least one reference')
  const ids = new Map<string, number>()
  const hypothesis = intern(candidate, ids)
  let precision = 0
  let recall = 0
  for (const reference of references) {
    const words = intern(reference, ids)
    const common = longestCommonSubsequence(hypothesis, words)
    precision = Math.max(precision, common / hypothesis.length)
    recall = Math.max(recall, common / words.length)
  }
  if (precision === 0 || recall === 0) return 0
  return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision)
}

function intern(text: string, ids: Map<string, number>): Uint32Array {
  const words = text.split(' ')
  return Uint32Array.from(words, (word) => {
    let id = ids.get(word)
    if (id === undefined) ids.set(word, (id = ids.size))
    return id
  })
}

/** Length of the longest common subsequence; one row of the table is alive at a time. */
function longestCommonSubsequence(a: Uint32Array, b: Uint32Array): number {
  const row = new Uint32Array(b.length + 1)
  for (const word of a) {
    let diagonal = 0
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1]!
      row[j + 1] = word === b[j] ? diagonal + 1 : Math.max(above, row[j]!)
      diagonal = above
    }
  }
  return row[b.length]!
}
