import { describe, expect, test } from 'vitest'
import { bestReferenceCosine, clipScore, clipScoreMean, clipScoreOf, refClipScore } from '../../../src/metrics/clipscore.ts'
import { goldenSources, largestDifference } from './golden.ts'

function absoluteDifference(actual: unknown, value: unknown): number {
  if (typeof actual === 'number') return Math.abs(actual - (value as number))
  return Math.max(...(actual as number[]).map((entry, i) => Math.abs(entry - (value as number[])[i]!)))
}

describe.each(goldenSources('clipscore'))('CLIPScore equals the official code: $name', ({ json }) => {
  const { image, candidate, references } = json('clipscore/embeddings.json')
  const expected = json('clipscore/expected.json')

  test.each([
    ['float64', (vector: number[]): ArrayLike<number> => vector, 1e-9],
    ['float32', (vector: number[]): ArrayLike<number> => Float32Array.from(vector), 1e-5],
  ])('from %s vectors', (precision, cast, tolerance) => {
    const images = image.map(cast)
    const candidates = candidate.map(cast)
    const pools = references.map((pool: number[][]) => pool.map(cast))
    const scores: number[] = images.map((vector: number[], i: number) => clipScore(vector, candidates[i]))
    const actual = {
      CLIPScore: scores,
      CLIPScore_mean: clipScoreMean(scores, 'clipscore-2.5'),
      text_text_max_cosine: candidates.map((vector: number[], i: number) => bestReferenceCosine(vector, pools[i])),
    }
    const { RefCLIPScore, RefCLIPScore_mean, ...rest } = expected[precision]
    for (const [key, value] of Object.entries(rest))
      expect(absoluteDifference(actual[key as keyof typeof actual], value), key).toBeLessThan(tolerance)
    images.forEach((vector: number[], i: number) => {
      const score = refClipScore(vector, candidates[i], pools[i])
      // 0/0 officially if both are 0 to the last bit.
      if (RefCLIPScore[i] === null) expect(score).toBe(0)
      // A harmonic mean of opposite signs near zero magnifies float32 noise.
      else expect(Math.abs(score - RefCLIPScore[i]) / Math.max(1, Math.abs(RefCLIPScore[i]))).toBeLessThan(tolerance * 10)
    })
    const mean = clipScoreMean(
      images.map((vector: number[], i: number) => refClipScore(vector, candidates[i], pools[i])),
      'clipscore-2.5',
    )
    if (RefCLIPScore_mean === null)
      expect(mean).toBeCloseTo(
        RefCLIPScore.reduce((sum: number, score: number | null) => sum + (score ?? 0), 0) / images.length,
        4,
      )
    else expect(Math.abs(mean - RefCLIPScore_mean)).toBeLessThan(tolerance * 10)
  })

  test('to a relative 1e-9 in Float64', () => {
    const scores = image.map((vector: number[], i: number) => clipScore(vector, candidate[i]))
    expect(largestDifference(scores, expected.float64.CLIPScore)).toBeLessThan(1e-9)
  })
})

describe('CLIPScore variants', () => {
  test('torchmetrics clips after the mean, the official code before', () => {
    const cosines = [-0.5, 0.3]
    const mean = (variant: 'clipscore-2.5' | 'torchmetrics-100' | 'cosine') =>
      clipScoreMean(
        cosines.map((value) => clipScoreOf(value, variant)),
        variant,
      )
    expect(mean('clipscore-2.5')).toBeCloseTo(0.375, 12)
    expect(mean('torchmetrics-100')).toBe(0)
    expect(mean('cosine')).toBeCloseTo(-0.1, 12)
  })

  test('a zero vector has no cosine', () => {
    expect(clipScore([0, 0], [1, 0])).toBeNaN()
  })
})
