/**
 * Binary form of a shard's embeddings for the merge. Retrieval cannot be aggregated from per-item numbers.
 * @module
 */

/** Unit vectors of one item: its picture and its captions, in item order. */
export interface EmbeddingEntry {
  readonly ordinal: number
  readonly image: Float32Array
  readonly captions: readonly Float32Array[]
}

const MAGIC = 0x31454d41 // "AME1", little-endian
const HEADER_BYTES = 12

/**
 * Encodes entries as little-endian: magic, entry count n, dimensions d; n × (ordinal u32, captions u32); then
 * for each entry d Float32 of the image, followed by d Float32 per caption.
 * @throws {RangeError} if a vector does not have `dimensions` components
 */
export function encodeEmbeddings(entries: readonly EmbeddingEntry[], dimensions: number): Uint8Array {
  const vectors = entries.reduce((sum, entry) => sum + 1 + entry.captions.length, 0)
  const bytes = new Uint8Array(HEADER_BYTES + 8 * entries.length + 4 * dimensions * vectors)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, entries.length, true)
  view.setUint32(8, dimensions, true)
  let at = HEADER_BYTES + 8 * entries.length
  entries.forEach((entry, index) => {
    view.setUint32(HEADER_BYTES + 8 * index, entry.ordinal, true)
    view.setUint32(HEADER_BYTES + 8 * index + 4, entry.captions.length, true)
    for (const vector of [entry.image, ...entry.captions]) {
      if (vector.length !== dimensions)
        throw new RangeError(`item ${entry.ordinal}: a vector of ${vector.length} components, not ${dimensions}`)
      for (const value of vector) {
        view.setFloat32(at, value, true)
        at += 4
      }
    }
  })
  return bytes
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * The inverse of {@link encodeEmbeddings}. The vectors are views of `bytes` where that is possible.
 * @throws {RangeError} if the bytes are not an embedding block
 */
export function decodeEmbeddings(bytes: Uint8Array): { dimensions: number; entries: EmbeddingEntry[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new RangeError('not an embedding block')
  const count = view.getUint32(4, true)
  const dimensions = view.getUint32(8, true)
  let at = HEADER_BYTES + 8 * count
  // A gallery of 5000 pictures with 25,000 captions fits into an isolate once, not twice.
  const inPlace = LITTLE_ENDIAN && (bytes.byteOffset + at) % 4 === 0
  const readVector = () => {
    if (at + 4 * dimensions > bytes.byteLength) throw new RangeError('embedding block is truncated')
    const vector = inPlace
      ? new Float32Array(bytes.buffer, bytes.byteOffset + at, dimensions)
      : Float32Array.from({ length: dimensions }, (_, k) => view.getFloat32(at + 4 * k, true))
    at += 4 * dimensions
    return vector
  }
  const entries = Array.from({ length: count }, (_, index) => {
    const ordinal = view.getUint32(HEADER_BYTES + 8 * index, true)
    const captions = view.getUint32(HEADER_BYTES + 8 * index + 4, true)
    return { ordinal, image: readVector(), captions: Array.from({ length: captions }, readVector) }
  })
  if (at !== bytes.byteLength) throw new RangeError('embedding block has trailing bytes')
  return { dimensions, entries }
}
