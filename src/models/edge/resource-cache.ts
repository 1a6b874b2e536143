/**
 * Loaded resources of added models in one isolate (sessions, tokenizers, text vectors), within a byte budget.
 *
 * Unlike an ordinary LRU cache it evicts *before* it loads, waits for each eviction, and loads one resource
 * at a time. WebAssembly memory never shrinks, so a session must be freed before the next one takes its
 * place.
 * @module
 */
import type { Semaphore } from './semaphore.ts'

export interface ResourceCache {
  /**
   * The resource under `key`, loaded on first use. Use it at once: it may be evicted after any await that
   * takes more than microtasks.
   * @param bytes - its share of the budget
   * @param release - frees its memory
   */
  use<T>(key: string, bytes: number, load: () => Promise<T>, release?: (resource: T) => Promise<void>): Promise<T>
  has(key: string): boolean
  /** Sum of the shares in use, in bytes. */
  heldBytes(): number
}

interface Entry {
  readonly resource: unknown
  readonly bytes: number
  release(): Promise<void>
}

/**
 * @param capacity - the budget in bytes
 * @param oneAtATime - admits one load at a time, since two half-loaded resources could exceed the budget
 */
export function createResourceCache(capacity: number, oneAtATime: Semaphore): ResourceCache {
  /** In order of use, the most recent last. */
  const entries = new Map<string, Entry>()
  const heldBytes = (): number => [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0)

  function touch(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    entries.delete(key)
    entries.set(key, entry)
    return entry
  }

  async function makeSpace(bytes: number): Promise<void> {
    for (const [key, entry] of entries) {
      if (heldBytes() + bytes <= capacity) break
      entries.delete(key)
      await entry.release()
    }
  }

  return {
    heldBytes,
    has: (key) => entries.has(key),
    async use<T>(
      key: string,
      bytes: number,
      load: () => Promise<T>,
      release: (resource: T) => Promise<void> = async () => undefined,
    ) {
      const loadOnce = async (): Promise<Entry> => {
        // The previous holder of the semaphore may have loaded it.
        const loaded = touch(key)
        if (loaded !== undefined) return loaded
        await makeSpace(bytes)
        const resource = await load()
        const entry = { resource, bytes, release: () => release(resource) }
        entries.set(key, entry)
        return entry
      }
      const entry = touch(key) ?? (await oneAtATime(1, loadOnce))
      return entry.resource as T
    },
  }
}
