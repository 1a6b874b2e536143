/** BPE and Unigram, and their parts, against obvious definitions on random vocabularies. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenizerFile } from '../../../src/contracts/model-manifest.ts'
import { createBpe } from '../../../src/text/bpe.ts'
import { createNumberHeap } from '../../../src/text/number-heap.ts'
import { createPairTable } from '../../../src/text/pair-table.ts'
import { createUnigram } from '../../../src/text/unigram.ts'

const LETTERS = ['a', 'b', 'c']
const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 24 })

describe('number heap', () => {
  it('returns all numbers, smallest first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (values) => {
        const heap = createNumberHeap()
        for (const value of values) heap.push(value)
        expect(values.map(() => heap.pop())).toEqual(values.toSorted((a, b) => a - b))
        expect(heap.pop()).toBeUndefined()
      }),
    )
  })
})

describe('pair table', () => {
  it('is a map of pairs', () => {
    const side = fc.oneof(fc.nat(4), fc.nat(2 ** 31 - 1))
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side)), fc.tuple(side, side), (pairs, other) => {
        const table = createPairTable(pairs.length)
        const map = new Map(pairs.map((pair, rank) => [pair.join(), rank]))
        pairs.forEach(([left, right], rank) => table.set(left, right, rank))
        for (const [left, right] of [...pairs, other]) expect(table.get(left, right)).toBe(map.get(`${left},${right}`) ?? -1)
      }),
    )
  })
})

describe('BPE', () => {
  /** Each merge joins two existing pieces, like a trainer's. */
  const merges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 14 }).map((choices) => {
    const pieces = [...LETTERS]
    const made: [string, string][] = []
    for (const [first, second] of choices) {
      const pair: [string, string] = [pieces[first % pieces.length]!, pieces[second % pieces.length]!]
      if (pieces.includes(pair.join(''))) continue
      pieces.push(pair.join(''))
      made.push(pair)
    }
    return { pieces, made }
  })

  /** The lowest rank in the word, at its leftmost position, until there is none. */
  function slowly(text: string, made: readonly (readonly [string, string])[]): string[] {
    const parts = [...text]
    for (;;) {
      const next = made
        .map(([left, right]) => parts.findIndex((part, at) => part === left && parts[at + 1] === right))
        .find((at) => at >= 0)
      if (next === undefined) return parts
      parts.splice(next, 2, parts[next]! + parts[next + 1]!)
    }
  }

  it('merges by the definition', () => {
    fc.assert(
      fc.property(merges, word, ({ pieces, made }, text) => {
        const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]))
        const bpe = createBpe({
          type: 'BPE',
          vocab,
          merges: made,
          fuse_unk: false,
          byte_fallback: false,
          ignore_merges: false,
        })
        expect(bpe(text).map((id) => pieces[id])).toEqual(slowly(text, made))
      }),
    )
  })

  it('drops unknown characters without an unknown token', () => {
    const bpe = createBpe({
      type: 'BPE',
      vocab: { a: 0 },
      merges: [],
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
    })
    expect(bpe('a☃a')).toEqual([0, 0])
  })
})

describe('Unigram', () => {
  const vocabulary = fc.uniqueArray(fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 4 }), {
    maxLength: 12,
  })

  it('finds an optimal split', () => {
    fc.assert(
      fc.property(
        vocabulary,
        fc.array(fc.integer({ min: -9, max: 0 }), { minLength: 12, maxLength: 12 }),
        word,
        (pieces, scores, text) => {
          const vocab: [string, number][] = [
            ['<unk>', 0],
            ...pieces.map((piece, index): [string, number] => [piece, scores[index]!]),
          ]
          const ids = createUnigram({ type: 'Unigram', unk_id: 0, byte_fallback: false, vocab })(text)
          const unknown = Math.min(...vocab.map(([, score]) => score)) - 10
          // Scores are whole numbers, so sums are exact. An unknown character may be chosen only if it is not
          // a piece.
          const best = [0]
          for (let end = 1; end <= text.length; end++) {
            const ways = vocab.slice(1).filter(([piece]) => text.slice(0, end).endsWith(piece))
            const known = ways.some(([piece]) => piece.length === 1)
            const sums = ways.map(([piece, score]) => best[end - piece.length]! + score)
            best[end] = Math.max(...sums, known ? -Infinity : best[end - 1]! + unknown)
          }
          const fused = ids.filter((id) => id === 0).length
          const known = ids.filter((id) => id !== 0)
          const missing = text.length - known.reduce((sum, id) => sum + vocab[id]![0].length, 0)
          expect(missing).toBeGreaterThanOrEqual(fused)
          expect(known.reduce((sum, id) => sum + vocab[id]![1], missing * unknown)).toBe(best[text.length])
        },
      ),
    )
  })

  it('needs an unk_id for unknown characters', () => {
    const unigram = createUnigram({ type: 'Unigram', unk_id: null, byte_fallback: false, vocab: [['a', 0]] })
    expect(unigram('aa')).toEqual([0, 0])
    expect(() => unigram('ab')).toThrow('"b" is unknown')
  })
})

describe('the manifest', () => {
  const file = { file: 'tokenizer.json', sha256: '0'.repeat(64), max_length: 64 }

  it('has a pad_id exactly with padding', () => {
    expect(tokenizerFile.safeParse(file).success).toBe(true)
    expect(tokenizerFile.safeParse({ ...file, padding: 'max_length', pad_id: 1 }).success).toBe(true)
    for (const wrong of [{ padding: 'max_length' }, { pad_id: 1 }, { padding: 'none', pad_id: 1 }]) {
      expect(tokenizerFile.safeParse({ ...file, ...wrong }).error?.issues[0]?.path).toEqual(['pad_id'])
    }
  })
})
