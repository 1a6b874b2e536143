/**
 * Counts of n-grams of two texts.
 * @module
 */

export interface NgramCounts {
  /** N-grams of both, each as often as in the text with fewer. */
  readonly common: number
  readonly candidate: number
  readonly reference: number
}

/** @param order - words per n-gram */
export function countNgrams(candidate: readonly string[], reference: readonly string[], order: number): NgramCounts {
  const [ours, theirs] = [ngrams(candidate, order), ngrams(reference, order)]
  let common = 0
  for (const [ngram, count] of ours) common += Math.min(count, theirs.get(ngram) ?? 0)
  return {
    common,
    candidate: Math.max(0, candidate.length - order + 1),
    reference: Math.max(0, reference.length - order + 1),
  }
}

/** Words have no spaces, so a space between them cannot make two n-grams equal. */
function ngrams(words: readonly string[], order: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (let first = 0; first + order <= words.length; first++) {
    const ngram = words.slice(first, first + order).join(' ')
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1)
  }
  return counts
}
