/**
 * Bounded zlib inflation on the platform's own `DecompressionStream`.
 * @module
 */
import { badImage } from './bad-image.ts'
import { adler32 } from './checksums.ts'

/**
 * Compressed bytes handed over at a time. Deflate expands at most 1032-fold and some engines (workerd) inflate a whole write
 * before anyone can stop them, so one step of a bomb costs at most 8.5 MB.
 */
const STEP_BYTES = 8192

/**
 * Inflates one zlib stream that must hold exactly `length` bytes, and hands it on piece by piece.
 *
 * Engines differ in what they forgive at the end of a stream, so length and Adler-32 are checked here.
 * @param pieces the stream, in order
 * @param length expected number of inflated bytes
 * @param consume called with consecutive pieces; never with more than `length` bytes in all
 * @throws {Fault} `bad_image`: `inflated_chunk` as soon as there is more, otherwise `corrupt`
 */
export async function inflateExactly(
  pieces: readonly Uint8Array[],
  length: number,
  consume: (inflated: Uint8Array) => void,
): Promise<void> {
  const reader = inSmallSteps(pieces).pipeThrough<Uint8Array>(new DecompressionStream('deflate')).getReader()
  let seen = 0
  let adler = 1
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw badImage('corrupt', 'the compressed pixel data is damaged or incomplete', cause)
      })
      if (done) break
      seen += value.length
      if (seen > length) throw badImage('inflated_chunk', `the pixel data inflates to more than the ${length} bytes declared`)
      adler = adler32(adler, value)
      consume(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  if (seen < length) throw badImage('corrupt', `the pixel data inflates to ${seen} of ${length} bytes`)
  if (adler !== trailingUint32(pieces)) throw badImage('corrupt', 'the pixel data does not match its checksum')
}

function inSmallSteps(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let piece = 0
  let at = 0
  return new ReadableStream({
    pull(controller) {
      while (piece < pieces.length && at >= pieces[piece]!.length) {
        piece++
        at = 0
      }
      const current = pieces[piece]
      if (current === undefined) return controller.close()
      controller.enqueue(current.subarray(at, at + STEP_BYTES))
      at += STEP_BYTES
    },
  })
}

/** The last four bytes, big-endian: where zlib keeps its Adler-32. */
function trailingUint32(pieces: readonly Uint8Array[]): number {
  let value = 0
  let shift = 0
  for (let i = pieces.length - 1; i >= 0 && shift < 32; i--) {
    const piece = pieces[i]!
    for (let at = piece.length - 1; at >= 0 && shift < 32; at--, shift += 8) value |= piece[at]! << shift
  }
  return value >>> 0
}
