/**
 * Values of known size within a bound; the least recently used go first.
 * @module
 */
import type { Memory } from '../../contracts/edge-model.ts'

export interface RecentlyUsed<Value> extends Memory<Value> {
  /** Sum of what is kept. */
  bytes(): number
  count(): number
}

/** @param capacity in bytes; what is larger by itself is not kept */
export function createRecentlyUsed<Value>(capacity: number): RecentlyUsed<Value> {
  // A Map's order is the order of insertion: here, of use.
  const kept = new Map<string, { readonly value: Value; readonly bytes: number }>()
  let sum = 0

  function forget(name: string): void {
    sum -= kept.get(name)?.bytes ?? 0
    kept.delete(name)
  }

  function keep(name: string, value: Value, bytes: number): void {
    forget(name)
    if (bytes > capacity) return
    kept.set(name, { value, bytes })
    sum += bytes
    for (const oldest of kept.keys()) {
      if (sum <= capacity) break
      forget(oldest)
    }
  }

  return {
    recall(name) {
      const entry = kept.get(name)
      if (entry !== undefined) keep(name, entry.value, entry.bytes)
      return entry?.value
    },
    keep,
    bytes: () => sum,
    count: () => kept.size,
  }
}
