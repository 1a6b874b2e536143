/**
 * Embeddings of chosen texts in one file, found by the SHA-256 of a text's UTF-8: for text towers too large
 * for an isolate.
 * @module
 */
import { sha256 } from './digest.ts'
import type { TextEmbedding } from './model.ts'

export interface TextVectors {
  readonly dimensions: number
  readonly size: number
  /** null for a text without an embedding. */
  find(text: string): Promise<TextEmbedding | null>
}

const MAGIC = 0x31565441 // "ATV1", little-endian
const HEADER_BYTES = 12
const DIGEST_BYTES = 32
const TRUNCATED = 0x8000_0000
/** Tokens are below this. Higher bits count unknown tokens, and are 0 in files older than that count. */
const UNKNOWN = 0x1_0000

/**
 * Little-endian: magic, count n, dimensions d; n digests, ascending; n × u32: tokens (16 bits), unknown
 * tokens (15 bits), truncated (1 bit); n × d Float32.
 * @throws {RangeError} if a vector does not have `dimensions` components
 */
export async function encodeTextVectors(embeddings: ReadonlyMap<string, TextEmbedding>, dimensions: number): Promise<Uint8Array> {
  const entries = await Promise.all(
    Array.from(embeddings, async ([text, embedding]) => ({ text, embedding, digest: await sha256(text) })),
  )
  entries.sort((a, b) => compare(a.digest, b.digest))
  const n = entries.length
  const bytes = new Uint8Array(HEADER_BYTES + n * (DIGEST_BYTES + 4 + 4 * dimensions))
  const view = new DataView(bytes.buffer)
  for (const [at, value] of [MAGIC, n, dimensions].entries()) view.setUint32(4 * at, value, true)
  const [tokensAt, vectorsAt] = layout(n)
  for (const [index, { text, digest, embedding }] of entries.entries()) {
    if (embedding.vector.length !== dimensions)
      throw new RangeError(`${JSON.stringify(text)}: a vector of ${embedding.vector.length} components, not ${dimensions}`)
    bytes.set(digest, HEADER_BYTES + DIGEST_BYTES * index)
    const counts = embedding.tokens + UNKNOWN * embedding.unknownTokens
    view.setUint32(tokensAt + 4 * index, counts + (embedding.truncated ? TRUNCATED : 0), true)
    for (const [k, value] of embedding.vector.entries()) view.setFloat32(vectorsAt + 4 * (dimensions * index + k), value, true)
  }
  return bytes
}

/** @throws {RangeError} if the bytes are not such a file */
export function readTextVectors(bytes: Uint8Array): TextVectors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new RangeError('not a file of text vectors')
  const [n, dimensions] = [view.getUint32(4, true), view.getUint32(8, true)]
  if (bytes.byteLength !== HEADER_BYTES + n * (DIGEST_BYTES + 4 + 4 * dimensions))
    throw new RangeError(`a file of ${n} text vectors in ${dimensions} dimensions has another length`)
  const [tokensAt, vectorsAt] = layout(n)
  const digestAt = (index: number): Uint8Array =>
    bytes.subarray(HEADER_BYTES + DIGEST_BYTES * index, HEADER_BYTES + DIGEST_BYTES * (index + 1))

  return {
    dimensions,
    size: n,
    async find(text) {
      const digest = await sha256(text)
      let [low, high] = [0, n]
      while (low < high) {
        const middle = (low + high) >>> 1
        if (compare(digestAt(middle), digest) < 0) low = middle + 1
        else high = middle
      }
      if (low === n || compare(digestAt(low), digest) !== 0) return null
      const counts = view.getUint32(tokensAt + 4 * low, true)
      const vector = Float32Array.from({ length: dimensions }, (_, k) =>
        view.getFloat32(vectorsAt + 4 * (dimensions * low + k), true),
      )
      return {
        vector,
        tokens: counts % UNKNOWN,
        truncated: counts >= TRUNCATED,
        unknownTokens: Math.floor((counts % TRUNCATED) / UNKNOWN),
      }
    },
  }
}

/** Offsets of the token counts and of the vectors. */
function layout(n: number): [number, number] {
  const tokensAt = HEADER_BYTES + DIGEST_BYTES * n
  return [tokensAt, tokensAt + 4 * n]
}

/** Compares by bytes. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let k = 0; k < DIGEST_BYTES; k++) if (a[k] !== b[k]) return a[k]! - b[k]!
  return 0
}
