/**
 * What added models hold in an isolate (sessions, tokenizers, text vectors), as much at once as there is room for.
 * @module
 */
import type { Gate } from './gate.ts'

export interface Room {
  /**
   * The thing of that key, loaded when it is not there. Use it at once: after an await that takes more than microtasks it may have been
   * dropped for another.
   * @param bytes what it takes of the room
   * @param drop gives back what it holds
   */
  use<T>(key: string, bytes: number, load: () => Promise<T>, drop?: (thing: T) => Promise<void>): Promise<T>
  /** What is held now, by its own word. */
  heldBytes(): number
}

interface Held {
  readonly thing: unknown
  readonly bytes: number
  drop(): Promise<void>
}

/**
 * Drops what was not used for the longest time when something else needs its place: WebAssembly memory does not shrink, and what one
 * session gives back the next one takes.
 * @param gate lets one load at a time in: two halves of a load in memory would be one too many
 */
export function createRoom(capacity: number, gate: Gate): Room {
  /** In order of use, the latest last. */
  const held = new Map<string, Held>()
  const heldBytes = (): number => [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0)

  function touch(key: string): Held | undefined {
    const entry = held.get(key)
    if (entry === undefined) return undefined
    held.delete(key)
    held.set(key, entry)
    return entry
  }

  async function load<T>(key: string, bytes: number, make: () => Promise<T>, drop: (thing: T) => Promise<void>): Promise<Held> {
    // Whoever was inside before may have loaded it.
    const there = touch(key)
    if (there !== undefined) return there
    for (const [other, entry] of held) {
      if (heldBytes() + bytes <= capacity) break
      held.delete(other)
      await entry.drop()
    }
    const thing = await make()
    const entry = { thing, bytes, drop: () => drop(thing) }
    held.set(key, entry)
    return entry
  }

  return {
    heldBytes,
    async use<T>(key: string, bytes: number, make: () => Promise<T>, drop: (thing: T) => Promise<void> = async () => undefined) {
      const entry = touch(key) ?? (await gate(1, () => load(key, bytes, make, drop)))
      return entry.thing as T
    },
  }
}
