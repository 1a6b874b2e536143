/**
 * The tokenizer against Hugging Face's Rust library: `test/golden/text/generate.py` made the expectations.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/contracts/failure.ts'
import { createTokenizer, MAX_TEXT_LENGTH } from '../../../src/text/tokenizer.ts'
import { leastCpu } from '../../support/cpu-time.ts'

interface Vector {
  readonly text: string
  readonly ids: number[]
  readonly ids_24: number[]
  readonly dropped_24: number
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../golden/text/${name}`, import.meta.url), 'utf8'))
const json = read('tokenizer.json') as Record<string, Record<string, unknown>>
const { vectors } = read('vectors.json') as { vectors: Vector[] }
const unbounded = createTokenizer(json, { maxLength: 1_000_000 })
const tokenizer = createTokenizer(json, { maxLength: 24 })

const unknown = (json['model']!['vocab'] as Record<string, number>)[json['model']!['unk_token'] as string]!

describe('golden vectors', () => {
  test(`${vectors.length} strings in many scripts, whole`, () => {
    expect(vectors.length).toBeGreaterThan(300)
    for (const { text, ids } of vectors) expect(unbounded.encode(text).ids, JSON.stringify(text)).toEqual(ids)
  })

  test('the same truncated to 24: specials kept, the loss counted', () => {
    for (const { text, ids_24: ids, dropped_24: droppedTokens } of vectors) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual({
        ids,
        tokens: ids.length,
        truncated: droppedTokens > 0,
        droppedTokens,
        unknownTokens: ids.slice(1, -1).filter((id: number) => id === unknown).length,
      })
    }
    expect(vectors.some(({ ids_24: ids }) => ids.includes(unknown))).toBe(true)
    expect(vectors.some((vector) => vector.dropped_24 > 0)).toBe(true)
  })
})

describe('edges', () => {
  const [cls, sep] = unbounded.encode('').ids

  test('an empty text is its specials', () => {
    expect(tokenizer.encode('')).toEqual({ ids: [cls, sep], tokens: 2, truncated: false, droppedTokens: 0, unknownTokens: 0 })
  })

  test('words outside the vocabulary are counted', () => {
    expect(tokenizer.encode('a dog')).toMatchObject({ unknownTokens: 0 })
    expect(tokenizer.encode('a 🦄 and a 🦖')).toMatchObject({ unknownTokens: 2 })
    // Tokens that were cut off do not count.
    expect(tokenizer.encode('🦄 '.repeat(100))).toMatchObject({ tokens: 24, unknownTokens: 22 })
  })

  test('exactly full is not truncated; one more is', () => {
    expect(tokenizer.encode(','.repeat(22))).toMatchObject({ tokens: 24, truncated: false, droppedTokens: 0 })
    expect(tokenizer.encode(','.repeat(23))).toMatchObject({ tokens: 24, truncated: true, droppedTokens: 1 })
  })

  test('lone surrogates vanish, pairs stay', () => {
    expect(tokenizer.encode('a dog \ud800').ids).toEqual(tokenizer.encode('a dog').ids)
    expect(tokenizer.encode('\udc00a\ud83d dog').ids).toEqual(tokenizer.encode('a dog').ids)
    expect(tokenizer.encode('👍').ids).toEqual(tokenizer.encode('\u{1f44d}').ids)
  })

  test('a megabyte is refused, naming the limit', () => {
    try {
      tokenizer.encode('a'.repeat(1_000_000))
      expect.unreachable()
    } catch (error) {
      expect((error as Fault).failure).toMatchObject({ kind: 'too_large', limit: MAX_TEXT_LENGTH, actual: 1_000_000 })
    }
  })

  test('the longest allowed texts take bounded time, for any content', () => {
    const cpu = leastCpu(2000, () => {
      for (const piece of ['a', 'aé ', '́', '的', '👍', '[SEP]', 'ﷺ,', ' '.repeat(9) + 'q'.repeat(100)]) {
        tokenizer.encode(piece.repeat(MAX_TEXT_LENGTH / piece.length))
      }
    })
    expect(cpu).toBeLessThan(2000)
  })

  test('no room for text', () => {
    expect(() => createTokenizer(json, { maxLength: 2 })).toThrow(/no room/)
  })
})
