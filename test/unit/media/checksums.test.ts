/** Checksums against zlib's: at the lengths where sums are reduced, for the largest bytes, and in pieces. */
import { crc32 as zlibCrc32, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adler32, crc32 } from '../../../src/media/checksums.ts'

/** The last four bytes of a zlib stream. */
function zlibAdler32(bytes: Uint8Array): number {
  const stream = deflateSync(bytes)
  return stream.readUInt32BE(stream.length - 4)
}

test.each([0, 1, 2, 3, 4, 5, 3799, 3800, 3801, 7600, 70_001, 1_000_003])('Adler-32 of %i bytes, small and large', (length) => {
  for (const fill of [0, 1, 254, 255]) {
    const bytes = new Uint8Array(length).fill(fill)
    expect(adler32(1, bytes)).toBe(zlibAdler32(bytes))
  }
})

test('both sums at their largest do not overflow', () => {
  const bytes = new Uint8Array(3800).fill(255)
  let [low, high] = [65_520n, 65_520n]
  for (const byte of bytes) high += low += BigInt(byte)
  expect(adler32(0xfff0fff0, bytes)).toBe(Number(((high % 65_521n) << 16n) | (low % 65_521n)))
})

test('any bytes, in one piece or two', () => {
  const pieces = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }))
  fc.assert(
    fc.property(pieces, ([first, second]) => {
      const whole = Uint8Array.of(...first, ...second)
      expect(adler32(1, whole)).toBe(zlibAdler32(whole))
      expect(adler32(adler32(1, first), second)).toBe(zlibAdler32(whole))
      expect(crc32(whole)).toBe(zlibCrc32(whole))
    }),
  )
})
