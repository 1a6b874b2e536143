/**
 * The embedding cache of a Worker: the isolate's memory, backed by its data centre's cache.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import type { LabelSet } from '../../contracts/edge-model.ts'
import { LABEL_SET_BYTES } from '../../contracts/memory-budget.ts'
import { type ByteStore, createEmbeddingCache } from './embedding-cache.ts'
import { createLruCache } from './lru-cache.ts'

/** Bytes of vectors in memory: a thousand of 256 dimensions. */
const MEMORY_BYTES = 1024 * 1024

/** A separate cache, so it holds nothing that a zone caches for its visitors. */
const CACHE = 'assay-embeddings'

/**
 * Longest time that a data centre stores a vector. Vectors never go stale; this limits how long traces of a
 * picture last.
 */
const MAX_AGE_SECONDS = 86_400

/** @internal */
export const dataCentreStore: ByteStore = {
  async get(name) {
    const response = await (await caches.open(CACHE)).match(urlOf(name))
    return response === undefined ? null : new Uint8Array(await response.arrayBuffer())
  },
  async put(name, bytes) {
    const headers = { 'content-type': 'application/octet-stream', 'cache-control': `max-age=${MAX_AGE_SECONDS}` }
    await (await caches.open(CACHE)).put(urlOf(name), new Response(bytes as Uint8Array<ArrayBuffer>, { headers }))
  },
}

/** The Cache API needs URLs as names. This one is never fetched. */
const urlOf = (name: string) => `https://embeddings.assay.invalid/${name}`

/** A separate task: the rest of a request takes only microtasks, so its answer leaves first. */
const defer = (write: () => Promise<unknown>) => waitUntil(new Promise((resolve) => setTimeout(resolve)).then(write))

export const embeddingCache = createEmbeddingCache({ capacity: MEMORY_BYTES, store: dataCentreStore, defer })

export const labelSets = createLruCache<LabelSet>(LABEL_SET_BYTES)

/** Remembers nothing. */
export const noLabelSets = createLruCache<LabelSet>(0)
