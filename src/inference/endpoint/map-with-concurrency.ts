/**
 * A shard's items through an endpoint, a few at a time.
 * @module
 */

/**
 * Like `Promise.all(items.map(work))` with at most `limit` under way. Results are in item order, so a shard's rows do not depend
 * on which answer came first. After a rejection nothing more starts; what is under way is awaited, so that no request outlives the
 * lease it ran under, and the first rejection is thrown.
 */
export async function mapWithConcurrency<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = Array.from<R>({ length: items.length })
  const failures: unknown[] = []
  let next = 0
  async function worker(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next++
      try {
        results[index] = await work(items[index]!, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(Math.max(1, limit), items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
