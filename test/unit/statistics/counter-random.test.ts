import { describe, expect, it } from 'vitest'
import { CounterRandom, philox4x32 } from '../../../src/statistics/counter-random.ts'

/** philox4x32 with 10 rounds, from `tests/kat_vectors` of Random123: counter, key, output. */
const KNOWN_ANSWERS = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const

const words = (text: string) => Uint32Array.from(text.split(' '), (word) => Number.parseInt(word, 16))

describe('Philox4x32-10', () => {
  it.each(KNOWN_ANSWERS)('counter %s, key %s', (counter, key, output) => {
    const block = new Uint32Array(4)
    philox4x32(words(counter), words(key)[0]!, words(key)[1]!, block)
    expect(block).toEqual(words(output))
  })
})

describe('CounterRandom', () => {
  it('gives the same draws after any other draws', () => {
    const random = new CounterRandom(7, 'vqa_accuracy')
    const first = Array.from({ length: 9 }, () => random.startReplicate(3) && random.below(1000))
    expect(new Set(first).size).toBe(1)
    const straight = draws(new CounterRandom(7, 'vqa_accuracy').startReplicate(3), 11)
    random.startReplicate(2)
    draws(random, 5)
    expect(draws(random.startReplicate(3), 11)).toEqual(straight)
  })

  it('fills uniformly, by half words or whole ones', () => {
    for (const bound of [1, 3, 100, 4096, 4097]) {
      const filled = new Uint32Array(100_001)
      new CounterRandom(1, 'k').startReplicate(5).fillBelow(filled, bound)
      const counts = new Float64Array(bound)
      for (const index of filled) counts[index]!++
      const expectedCount = filled.length / bound
      const chiSquare = counts.reduce((sum, count) => sum + (count - expectedCount) ** 2 / expectedCount, 0)
      // Five standard deviations of chi-square above its mean.
      expect(chiSquare, `bound ${bound}`).toBeLessThanOrEqual(bound - 1 + 5 * Math.sqrt(2 * bound))
    }
  })

  it('separates seeds (to the last bit of 2^53), keys and replicates', () => {
    const sequences = [
      draws(new CounterRandom(0, 'a').startReplicate(0), 4),
      draws(new CounterRandom(1, 'a').startReplicate(0), 4),
      draws(new CounterRandom(2 ** 52, 'a').startReplicate(0), 4),
      draws(new CounterRandom(0, 'b').startReplicate(0), 4),
      draws(new CounterRandom(0, 'a').startReplicate(1), 4),
    ]
    expect(new Set(sequences.map(String)).size).toBe(sequences.length)
  })

  it('bounded draws are uniform, also where 2^32 is far from a multiple of the bound', () => {
    const random = new CounterRandom(11, 'uniform').startReplicate(0)
    for (const bound of [1, 2, 7, 10]) {
      const counts = new Float64Array(bound)
      for (let i = 0; i < 20_000; i++) counts[random.below(bound)]!++
      const expectedCount = 20_000 / bound
      const chiSquare = counts.reduce((sum, count) => sum + (count - expectedCount) ** 2 / expectedCount, 0)
      expect(chiSquare, `bound ${bound}`).toBeLessThan(35)
    }
    const third = 2 ** 31 + 2 ** 30
    let inLowerHalf = 0
    for (let i = 0; i < 20_000; i++) if (random.below(third) < third / 2) inLowerHalf++
    // A plain remainder would put two thirds there.
    expect(inLowerHalf / 20_000).toBeCloseTo(0.5, 1)
  })

  it('uniform stays in [0, 1) with mean one half', () => {
    const random = new CounterRandom(3, 'u').startReplicate(0)
    const values = Array.from({ length: 10_000 }, () => random.uniform())
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(0.5, 1)
  })

  it('refuses seeds that are not safe non-negative integers', () => {
    for (const seed of [-1, 1.5, NaN, 2 ** 53]) expect(() => new CounterRandom(seed, 'k')).toThrow(RangeError)
  })

  it('gives the stored bits', () => {
    expect(draws(new CounterRandom(2026, 'CIDEr·d').startReplicate(42), 5)).toEqual(KNOWN_DRAWS)
  })
})

function draws(random: CounterRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32())
}

const KNOWN_DRAWS = [2658470974, 3708174475, 2036101031, 2403984077, 4087269136]
