/**
 * Cache of picture vectors: in this isolate's memory, backed by a store that outlives it.
 *
 * An entry is a function of the picture's bytes, the preprocessing, the model, the detector and the runtime,
 * and its key is the digest of all five. So entries are never stale, and a hit has the same bits as a miss.
 * The scope (a tenant, or a visitor) is in the digest too: response times can reveal an earlier picture only
 * within one scope (docs/decisions/2026-11-24-embedding-cache.md).
 *
 * The cache never causes a failure: every fault of the store is a counted miss.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import type { ModelIdentityOf } from '../../contracts/model.ts'
import { createLruCache } from './lru-cache.ts'

export interface EmbeddingKey {
  /** Tenant or visitor that may see it. */
  readonly scope: string
  /** SHA-256 of the picture's bytes. */
  readonly image: string
  readonly identity: ModelIdentityOf<'edge_model'>
  /** Digest of the detector, whose decision is kept beside the vector. */
  readonly detector: string
  /** Length of an entry: the vector and the numbers beside it. Entries of another length are rejected. */
  readonly dimensions: number
}

/** Bytes by name (64 hex digits). May forget and may fail. */
export interface ByteStore {
  get(name: string): Promise<Uint8Array | null>
  put(name: string, bytes: Uint8Array): Promise<void>
}

export interface EmbeddingCacheOptions {
  /** Bytes of vectors in memory. The least recently used are dropped first. */
  readonly capacity: number
  readonly store: ByteStore
  /** Begins a write after the answer is on its way, and keeps it alive. */
  readonly defer: (write: () => Promise<unknown>) => void
  /** Unix milliseconds. */
  readonly now?: () => number
  /** Longest wait for the store's answer. */
  readonly patienceMilliseconds?: number
}

/** Counted since this isolate began. */
export interface EmbeddingCacheReport {
  readonly vectors: number
  readonly bytes: number
  readonly memory_hits: number
  readonly store_hits: number
  readonly misses: number
  /** Reads and writes that failed, timed out, or returned an invalid vector. */
  readonly store_failures: number
}

export interface EmbeddingCache {
  /** A copy, or null. Never rejects. */
  recall(key: EmbeddingKey): Promise<Float32Array | null>
  /** Never fails. Keeps a copy. */
  keep(key: EmbeddingKey, vector: Float32Array): Promise<void>
  report(): EmbeddingCacheReport
}

/**
 * Consecutive failures after which the store is left alone for a while, so that it does not cost every
 * picture a call.
 */
const FAILURES_IN_A_ROW = 3
const PAUSE_MILLISECONDS = 30_000

/**
 * After this many consecutive misses the store is asked for one picture in eight, until it has a hit. With
 * new pictures only, each call would be wasted.
 */
const DROUGHT = 32
const ASK_EVERY = 8

export function createEmbeddingCache(options: EmbeddingCacheOptions): EmbeddingCache {
  const { capacity, store, defer, now = Date.now, patienceMilliseconds = 200 } = options
  const memory = createLruCache<Float32Array>(capacity)
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

  /** The result of `ask`, or null if it is late or the store is being left alone. */
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

/** Digest of everything that can change a bit of the vector, and of the scope. */
function nameOf({ scope, image, identity, detector }: EmbeddingKey): Promise<string> {
  const { model_digest, preprocessing_digest, runtime } = identity
  return sha256Hex(JSON.stringify(['assay.embedding/4', scope, image, model_digest, preprocessing_digest, runtime, detector]))
}

/** Little-endian on every machine. */
function bytesOf(vector: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(vector.byteLength))
  vector.forEach((component, index) => view.setFloat32(4 * index, component, true))
  return new Uint8Array(view.buffer)
}

/** null unless the bytes are a vector of `dimensions` finite numbers. */
function vectorOf(bytes: Uint8Array, dimensions: number): Float32Array | null {
  if (bytes.byteLength !== 4 * dimensions) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const vector = Float32Array.from({ length: dimensions }, (_, index) => view.getFloat32(4 * index, true))
  return vector.every(Number.isFinite) ? vector : null
}
