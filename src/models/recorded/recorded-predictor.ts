/**
 * The subject whose answers were given beforehand: an uploaded official results file.
 * @module
 */
import type { Item } from '../../contracts/item.ts'
import type { Predictor } from '../../contracts/predictor.ts'

/**
 * @param lookup The recorded answer to an item; null or undefined when the file has none. What is missing is *unscored*: the
 * criterion counts it, and an official scorer that would reject an incomplete file does so on upload, not here.
 */
export function createRecordedPredictor(lookup: (item: Item) => Promise<string | null | undefined>): Predictor {
  return {
    provides: ['answer'],
    observe: async (item, needs) => (needs.has('answer') ? { answer: (await lookup(item)) ?? null } : {}),
  }
}

/**
 * Scores that were given beforehand.
 * @param lookup - an item's score as JSON; null or undefined when the file has none.
 */
export function createRecordedScores(lookup: (item: Item) => string | null | undefined): Predictor {
  return {
    provides: ['score'],
    observe: async (item, needs) => {
      const score = lookup(item) ?? null
      return needs.has('score') ? { score: score === null ? null : Number(score) } : {}
    },
  }
}
