/**
 * Reads a response body up to a byte limit while it streams, so that neither a false Content-Length nor a
 * decompression bomb fills memory. Bytes are counted after content decoding.
 * @module
 */
import { EgressError } from './egress-error.ts'

/** `refuse`: a longer body is an error. `cut`: its beginning is enough. */
export type Overflow = 'refuse' | 'cut'

/**
 * @param race Wraps each wait, to bound it in time.
 * @returns At most `limit` bytes; the rest is cancelled, not read.
 * @throws {EgressError} `too_large`, if `overflow` is `refuse`
 */
export async function readBody(
  response: Response,
  limit: number,
  overflow: Overflow,
  race: <T>(work: Promise<T>) => Promise<T>,
): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  const ceiling = overflow === 'cut' ? limit : Infinity
  let total = 0
  try {
    if (overflow === 'refuse' && declaredLength(response.headers) > limit) throw new EgressError({ code: 'too_large', limit })
    while (total < ceiling) {
      const { done, value } = await race(reader.read())
      if (done) break
      const chunk: Uint8Array = value
      if (overflow === 'refuse' && total + chunk.length > limit) throw new EgressError({ code: 'too_large', limit })
      const kept = chunk.subarray(0, limit - total)
      chunks.push(kept)
      total += kept.length
    }
  } finally {
    // Not awaited: the peer may never close. After a complete read this does nothing.
    reader.cancel().catch(() => {})
  }
  return concatenate(chunks, total)
}

/** Decoding only makes a body longer, so a declared compressed length may refuse it early too. */
function declaredLength(headers: Headers): number {
  return Number(headers.get('content-length') ?? 0)
}

function concatenate(chunks: readonly Uint8Array[], total: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const bytes = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
