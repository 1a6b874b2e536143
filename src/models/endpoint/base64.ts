/**
 * Base64 written straight into a request body. `btoa` would pass an 8 MB image through two more strings of 11 MB, and several
 * requests are under way in an isolate of 128 MB.
 * @module
 */

const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = 0x3d // "="

/** Length of the padded base64 form of `bytes` bytes. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3)
}

/** Writes the base64 form (RFC 4648 section 4, padded) of `source` into `target` from `at`, as ASCII. */
export function writeBase64(source: Uint8Array, target: Uint8Array, at: number): void {
  let to = at
  for (let from = 0; from < source.length; from += 3) {
    const left = source.length - from
    const group = (source[from]! << 16) | ((source[from + 1] ?? 0) << 8) | (source[from + 2] ?? 0)
    target[to++] = ALPHABET[group >> 18]!
    target[to++] = ALPHABET[(group >> 12) & 63]!
    target[to++] = left > 1 ? ALPHABET[(group >> 6) & 63]! : PADDING
    target[to++] = left > 2 ? ALPHABET[group & 63]! : PADDING
  }
}
