/**
 * Base64 (RFC 4648 section 4) and its form for URLs (section 5): the only implementation here.
 *
 * Engines that have `Uint8Array.fromBase64` and `toBase64` use them, workerd among them; Node 22 has neither.
 * docs/decisions/2026-11-29-libraries-or-our-own.md has the times.
 * @module
 */

interface EngineDecoder {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>
}
interface EngineEncoder {
  toBase64?(): string
}

/** Bytes per call of `String.fromCharCode`, whose arguments are on the stack. A multiple of 3. */
const PIECE = 8190

/** Bytes encoded at once into a buffer: short strings are collected early. A multiple of 3. */
const WRITTEN_PIECE = 3 * 2 ** 14

/** Encodes with padding. */
export function toBase64(bytes: Uint8Array): string {
  const encoded = (bytes as EngineEncoder).toBase64?.()
  if (encoded !== undefined) return encoded
  let text = ''
  for (let start = 0; start < bytes.length; start += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + PIECE)))
  return text
}

/** Encodes with `-` and `_`, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * Decodes. White space and missing padding are accepted, as by `atob`.
 * @returns null for a text that is not base64
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  const engine = Uint8Array as EngineDecoder
  try {
    if (engine.fromBase64 !== undefined) return engine.fromBase64(text)
    const binary = atob(text)
    const bytes = new Uint8Array(binary.length)
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
    return bytes
  } catch {
    return null
  }
}

/** Length of the padded base64 form of `bytes` bytes. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3)
}

/**
 * Writes the padded base64 form of `source` into `target` from `at`, as ASCII. Avoids one string of the whole
 * length, which for an 8 MB picture would take 11 MB of an isolate's 128.
 */
export function writeBase64(source: Uint8Array, target: Uint8Array, at: number): void {
  const encoder = new TextEncoder()
  for (let start = 0; start < source.length; start += WRITTEN_PIECE) {
    const piece = toBase64(source.subarray(start, start + WRITTEN_PIECE))
    encoder.encodeInto(piece, target.subarray(at + base64Length(start)))
  }
}
