/**
 * Requests for the items of a shard: each kind of output that a scorer requires.
 * @module
 */
import type { Item } from '../contracts/item.ts'
import type { ModelRequest } from '../contracts/model.ts'
import type { BoundScorer } from '../scorers/scorer.ts'

export function requestsOf(items: readonly Item[], scorers: readonly BoundScorer[]): ModelRequest[] {
  const outputs = new Set(scorers.map(({ requires }) => requires))
  return items.flatMap((item) => [...outputs].map((output) => ({ item, output })))
}
