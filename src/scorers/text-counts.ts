/**
 * Counts of an item's texts by a fact that not every model tells, such as whether a text was truncated.
 * @module
 */

/** Stands in a row for a count that the model does not tell. */
const UNKNOWN = -1

/** Number of texts with a fact; -1 if it is unknown for any of them. */
export function countTexts<Text>(texts: readonly Text[], fact: (text: Text) => boolean | null): number {
  const known = texts.map(fact)
  return known.includes(null) ? UNKNOWN : known.filter(Boolean).length
}

/** Sum over items; null if any count is unknown. */
export function totalCount(counts: readonly number[]): number | null {
  return counts.includes(UNKNOWN) ? null : counts.reduce((sum, count) => sum + count, 0)
}
