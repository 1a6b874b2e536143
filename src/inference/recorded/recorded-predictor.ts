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
