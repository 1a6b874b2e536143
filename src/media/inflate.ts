/**
 * Bounded zlib inflation on the platform's own `DecompressionStream`.
 * @module
 */
import { badImage } from './bad-image.ts'

/**
 * Compressed bytes handed over at a time. Deflate expands at most 1032-fold and some engines (workerd) inflate a whole write
 * before anyone can stop them, so one step of a bomb costs at most 8.5 MB.
 */
const STEP_BYTES = 8192

/**
 * Inflates one zlib stream that must hold exactly `length` bytes, and hands it on piece by piece.
 *
 * The engine verifies the stream's Adler-32; engines differ in what they forgive after the last byte, so the length is counted here.
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
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw badImage('corrupt', 'the compressed pixel data is damaged or incomplete', cause)
      })
      if (done) break
      seen += value.length
      if (seen > length) throw badImage('inflated_chunk', `the pixel data inflates to more than the ${length} bytes declared`)
      consume(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  if (seen < length) throw badImage('corrupt', `the pixel data inflates to ${seen} of ${length} bytes`)
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
