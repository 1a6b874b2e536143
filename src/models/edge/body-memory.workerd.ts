/**
 * Memory limits of the isolate for encoded pictures. Decoded ones need no limit: decoding and inference take
 * only microtasks, so at most one raster exists.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import { createBodyMemory } from './body-memory.ts'

/**
 * Most bytes of encoded pictures (request bodies or stored objects) at once: one body of the largest size for
 * `/v1/score`, or many small ones. docs/edge-inference.md has the rest of the 128 MB.
 */
const ENCODED_BYTES_CAPACITY = 9 * 1024 * 1024

/** The visitors' share: one body of the largest size. Keys have precedence. */
const VISITOR_BYTES = 9 * 1024 * 1024

/**
 * Enter before reading a picture, with its size (or the limit if unknown). Leave when it is no longer needed.
 */
export const bodyMemory = createBodyMemory({ capacity: ENCODED_BYTES_CAPACITY, visitors: VISITOR_BYTES, keepAlive: waitUntil })
