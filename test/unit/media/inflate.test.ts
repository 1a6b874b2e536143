import { constants, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { inflateExactly } from '../../../src/media/inflate.ts'
import { concat } from './build.ts'
import { failureOf, noise } from './golden.ts'
import { cases } from '../../support/cases.ts'

function inflate(bytes: Uint8Array, length: number): Uint8Array {
  const pieces: Uint8Array[] = []
  inflateExactly(bytes, length, (piece) => pieces.push(piece.slice()))
  return concat(...pieces)
}

function inflateOrFault(bytes: Uint8Array, length: number): Uint8Array | Fault {
  try {
    return inflate(bytes, length)
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown
    throw thrown
  }
}

/** Bytes that exercise all kinds of compression: runs, near repeats, far repeats, noise. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(70000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
      fc.integer({ min: 1, max: 9000 }).map((size) => noise(size, 1)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => concat(...parts, ...parts))

const strategy = fc.constantFrom(
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
  constants.Z_FILTERED,
)

describe('inflateExactly', () => {
  it('undoes zlib at every level and strategy', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 0, max: 9 }), strategy, (bytes, level, strategy) => {
        const inflated = inflate(new Uint8Array(deflateSync(bytes, { level, strategy })), bytes.length)
        expect(Buffer.compare(inflated, bytes)).toBe(0)
      }),
      { numRuns: cases(60) },
    )
  })

  it('knows codes longer than its table', () => {
    // Fibonacci frequencies make the deepest Huffman tree that Deflate allows.
    const counts = [1, 1]
    while (counts.length < 20) counts.push(counts.at(-1)! + counts.at(-2)!)
    const bytes = Uint8Array.from(counts.flatMap((count, symbol) => Array<number>(count).fill(symbol * 3)))
    const deflated = new Uint8Array(deflateSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY }))
    expect(Buffer.compare(inflate(deflated, bytes.length), bytes)).toBe(0)
  })

  it('refuses every prefix', async () => {
    const bytes = noise(40, 3)
    for (const level of [0, 1, 9]) {
      const deflated = new Uint8Array(deflateSync(concat(bytes, bytes), { level }))
      for (let length = 0; length < deflated.length; length++) {
        const failure = await failureOf(() => inflate(deflated.subarray(0, length), bytes.length * 2))
        expect(failure).toMatchObject({ kind: 'bad_image', reason: 'corrupt' })
      }
    }
  })

  it('never gives other bytes for a damaged stream', () => {
    const bytes = concat(noise(30, 3), new Uint8Array(500), noise(30, 3))
    const deflated = new Uint8Array(deflateSync(bytes))
    fc.assert(
      fc.property(fc.nat(deflated.length - 1), fc.nat(255), (at, value) => {
        // A few bits have no meaning: the window size, the padding before the checksum.
        const inflated = inflateOrFault(deflated.with(at, value), bytes.length)
        if (!(inflated instanceof Fault)) expect(inflated).toEqual(bytes)
      }),
      { numRuns: cases(500) },
    )
  })

  it('ignores what follows the checksum', () => {
    const deflated = new Uint8Array(deflateSync(Uint8Array.of(1, 2, 3)))
    expect(inflate(concat(deflated, [9, 9, 9]), 3)).toEqual(Uint8Array.of(1, 2, 3))
  })
})
