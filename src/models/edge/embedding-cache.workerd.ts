/**
 * The embedding cache of a Worker: behind the isolate's memory, the cache of its data centre.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import type { LabelSet } from '../../contracts/edge-model.ts'
import { type ByteStore, createEmbeddingCache } from './embedding-cache.ts'
import { createRecentlyUsed } from './recently-used.ts'

/** Of vectors in memory: a thousand of 256 dimensions. */
const MEMORY_BYTES = 1024 * 1024

/** A cache of its own: nothing that a zone caches for its visitors can be in it. */
const CACHE = 'assay-embeddings'

/** How long a data centre may keep a vector. Nothing goes stale; this bounds how long traces of a picture last. */
const MAX_AGE_SECONDS = 86_400

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

/** The Cache API names things by URL; nobody fetches this one. */
const urlOf = (name: string) => `https://embeddings.assay.invalid/${name}`

/** In a task of its own: what is left of a request takes microtasks only, so its answer leaves first. */
const defer = (write: () => Promise<unknown>) => waitUntil(new Promise((resolve) => setTimeout(resolve)).then(write))

export const embeddingCache = createEmbeddingCache({ capacity: MEMORY_BYTES, store: dataCentreStore, defer })

/** 500 labels in 256 dimensions: whoever classifies many pictures does it among the same labels. */
const LABEL_BYTES = 1024 * 1024

export const labelSets = createRecentlyUsed<LabelSet>(LABEL_BYTES)

/** Where nothing is remembered. */
export const noLabelSets = createRecentlyUsed<LabelSet>(0)
