/**
 * The isolate's memory, shared out: encoded pictures up to a sum. Decoded ones need no gate: decoding and inference take microtasks
 * only, so there is never more than one raster.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import { createBodyMemory } from './body-memory.ts'

/**
 * Bytes of encoded pictures (request bodies or stored objects) that may be held at once: the largest body `/v1/score` takes, or
 * many small ones. What remains of 128 MB is in docs/edge-inference.md.
 */
export const ENCODED_BYTES_CAPACITY = 9 * 1024 * 1024

/** Of these, what visitors may hold: one body of the largest. What keys need goes before. */
const VISITOR_BYTES = 9 * 1024 * 1024

/** Enter before reading a picture, with its size (or the limit, where unknown); leave when it is no longer needed. */
export const bodyMemory = createBodyMemory({ capacity: ENCODED_BYTES_CAPACITY, visitors: VISITOR_BYTES, keepAlive: waitUntil })
