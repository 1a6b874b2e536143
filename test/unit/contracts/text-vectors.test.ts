/** Embedded texts in a file. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeTextVectors, readTextVectors } from '../../../src/contracts/text-vectors.ts'

const DIMENSIONS = 3
const embedding = fc.record({
  vector: fc.float32Array({ minLength: DIMENSIONS, maxLength: DIMENSIONS, noNaN: true }),
  tokens: fc.nat(65_535),
  truncated: fc.boolean(),
  unknownTokens: fc.nat(32_767),
})

test('stored texts are found, bit for bit, and no others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string({ unit: 'grapheme' }), embedding), fc.string(), async (texts, other) => {
      const embeddings = new Map(Object.entries(texts))
      const read = readTextVectors(await encodeTextVectors(embeddings, DIMENSIONS))
      expect(read.size).toBe(embeddings.size)
      for (const [text, expected] of embeddings) expect(await read.find(text)).toEqual(expected)
      if (!embeddings.has(other)) expect(await read.find(other)).toBeNull()
    }),
  )
})

test('the order of texts changes no byte', async () => {
  const entries = ['b', 'a', 'c'].map(
    (text) => [text, { vector: Float32Array.of(1, 2, 3), tokens: 4, truncated: false, unknownTokens: 0 }] as const,
  )
  expect(await encodeTextVectors(new Map(entries), 3)).toEqual(await encodeTextVectors(new Map(entries.toReversed()), 3))
})

test('other bytes are refused', async () => {
  const bytes = await encodeTextVectors(
    new Map([['a', { vector: Float32Array.of(1), tokens: 1, truncated: false, unknownTokens: 0 }]]),
    1,
  )
  expect(() => readTextVectors(new Uint8Array(5))).toThrow('not a file of text vectors')
  expect(() => readTextVectors(bytes.subarray(0, -1))).toThrow('1 text vectors in 1 dimensions has another length')
  await expect(
    encodeTextVectors(new Map([['a', { vector: Float32Array.of(1), tokens: 1, truncated: false, unknownTokens: 0 }]]), 2),
  ).rejects.toThrow('"a": a vector of 1 components, not 2')
})
