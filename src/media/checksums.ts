/**
 * PNG's two checksums.
 * @module
 */

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 as PNG uses it (PNG third edition, annex D), unsigned. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/**
 * Longest run, in bytes, whose sums stay below 2^31, where engines use integer arithmetic. A multiple of 4.
 */
const ADLER_RUN = 3800

/**
 * Adler-32 (RFC 1950, section 8.2), unsigned.
 * @param adler checksum of the preceding bytes; 1 at the start
 */
export function adler32(adler: number, bytes: Uint8Array): number {
  let low = adler & 0xffff
  let high = adler >>> 16
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    const end = Math.min(start + ADLER_RUN, bytes.length)
    let i = start
    // Unrolled by four: each step of a sum depends on the previous one.
    for (; i + 4 <= end; i += 4) {
      const a = bytes[i]!
      const b = bytes[i + 1]!
      const c = bytes[i + 2]!
      const d = bytes[i + 3]!
      high = (high + 4 * (low + a) + 3 * b + 2 * c + d) | 0
      low = (low + a + b + c + d) | 0
    }
    for (; i < end; i++) {
      low += bytes[i]!
      high += low
    }
    low %= 65521
    high %= 65521
  }
  return ((high << 16) | low) >>> 0
}
