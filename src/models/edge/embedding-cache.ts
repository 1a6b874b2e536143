/**
 * Vectors of pictures that were embedded before: in this isolate's memory, and behind it in a store that outlives it.
 *
 * A vector is a function of the picture's bytes, the preprocessing, the model and the runtime, and is kept under the digest of all four, so
 * nothing kept is ever stale and a hit has the bits of a miss. The scope (a tenant, or a visitor) is in the digest too: whoever could see by
 * the time of an answer that a picture has been here before learns it of his own pictures only
 * (docs/decisions/2026-11-24-embedding-cache.md).
 *
 * The cache fails nobody: whatever goes wrong with the store is a miss, and counted.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import type { ModelIdentityOf } from '../../contracts/model.ts'
import { createRecentlyUsed } from './recently-used.ts'

export interface EmbeddingKey {
  /** Who may see it. */
  readonly scope: string
  /** SHA-256 of the picture's bytes. */
  readonly image: string
  readonly identity: ModelIdentityOf<'edge_model'>
  /** Of the model's vectors. What is kept and has others is not believed. */
  readonly dimensions: number
}

/** Bytes by name (64 hex digits). May forget and may fail. */
export interface ByteStore {
  get(name: string): Promise<Uint8Array | null>
  put(name: string, bytes: Uint8Array): Promise<void>
}

export interface EmbeddingCacheOptions {
  /** Of vectors in memory, in bytes; the least recently used go first. */
  readonly capacity: number
  readonly store: ByteStore
  /** Begins a write once the answer is on its way, and keeps it going: nobody waits for it. */
  readonly defer: (write: () => Promise<unknown>) => void
  /** Unix milliseconds. */
  readonly now?: () => number
  /** After this long the store's answer is not waited for. */
  readonly patienceMilliseconds?: number
}

/** Since this isolate began. */
export interface EmbeddingCacheReport {
  readonly vectors: number
  readonly bytes: number
  readonly memory_hits: number
  readonly store_hits: number
  readonly misses: number
  /** Reads and writes that failed, took too long, or gave what is no vector of the model. */
  readonly store_failures: number
}

export interface EmbeddingCache {
  /** A copy, or null. Never rejects. */
  recall(key: EmbeddingKey): Promise<Float32Array | null>
  /** Never fails. Keeps a copy. */
  keep(key: EmbeddingKey, vector: Float32Array): Promise<void>
  report(): EmbeddingCacheReport
}

/** A store that failed so often in a row is left alone for a while: it must not cost every picture a call. */
const FAILURES_IN_A_ROW = 3
const PAUSE_MILLISECONDS = 30_000

/**
 * A store that had none of so many pictures in a row is asked for one picture in eight, until it has one again: where all pictures are new,
 * asking costs every one of them a call and saves none.
 */
const DROUGHT = 32
const ASK_EVERY = 8

export function createEmbeddingCache(options: EmbeddingCacheOptions): EmbeddingCache {
  const { capacity, store, defer, now = Date.now, patienceMilliseconds = 200 } = options
  const memory = createRecentlyUsed<Float32Array>(capacity)
  const counts = { memory_hits: 0, store_hits: 0, misses: 0, store_failures: 0 }
  let failuresInARow = 0
  let pausedUntil = 0
  let missesInARow = 0

  const remember = (name: string, vector: Float32Array) => memory.keep(name, vector, vector.byteLength)

  function failed(): null {
    counts.store_failures++
    if (++failuresInARow >= FAILURES_IN_A_ROW) pausedUntil = now() + PAUSE_MILLISECONDS
    return null
  }

  /** What `ask` gives, in time; null when it does not, or the store rests. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T | null> {
    if (now() < pausedUntil) return null
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(() => resolve(LATE), patienceMilliseconds)))
    try {
      const answer = await Promise.race([ask(), late])
      if (answer === LATE) return failed()
      failuresInARow = 0
      return answer as T
    } catch {
      return failed()
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async recall(key) {
      const name = await nameOf(key)
      const remembered = memory.recall(name)
      if (remembered !== undefined) {
        counts.memory_hits++
        return remembered.slice()
      }
      const asks = missesInARow < DROUGHT || missesInARow % ASK_EVERY === 0
      const bytes = asks ? await patiently(() => store.get(name)) : null
      const vector = bytes && vectorOf(bytes, key.dimensions)
      if (bytes !== null && vector === null) failed()
      if (vector === null) {
        counts.misses++
        missesInARow++
        return null
      }
      missesInARow = 0
      counts.store_hits++
      remember(name, vector)
      return vector.slice()
    },

    async keep(key, vector) {
      const name = await nameOf(key)
      remember(name, vector.slice())
      const bytes = bytesOf(vector)
      defer(() => patiently(() => store.put(name, bytes)))
    },

    report: () => ({ vectors: memory.count(), bytes: memory.bytes(), ...counts }),
  }
}

const LATE = Symbol('late')

/** One name for everything that can change a bit of the vector, and for who may see it. */
function nameOf({ scope, image, identity }: EmbeddingKey): Promise<string> {
  const { model_digest, preprocessing_digest, runtime } = identity
  return sha256Hex(JSON.stringify(['assay.embedding/1', scope, image, model_digest, preprocessing_digest, runtime]))
}

/** Little-endian, whatever the machine. */
function bytesOf(vector: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(vector.byteLength))
  vector.forEach((component, index) => view.setFloat32(4 * index, component, true))
  return new Uint8Array(view.buffer)
}

/** null for what is no vector of so many finite numbers. */
function vectorOf(bytes: Uint8Array, dimensions: number): Float32Array | null {
  if (bytes.byteLength !== 4 * dimensions) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const vector = Float32Array.from({ length: dimensions }, (_, index) => view.getFloat32(4 * index, true))
  return vector.every(Number.isFinite) ? vector : null
}
