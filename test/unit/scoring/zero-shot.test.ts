import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ModelManifest } from '../../../src/contracts/model-manifest.ts'
import { labelEmbedding } from '../../../src/metrics/label-embedding.ts'
import { rankLabels, scoringOf } from '../../../src/scoring/zero-shot.ts'

const component = fc.double({ min: -1, max: 1, noNaN: true }).filter((x) => Math.abs(x) > 1e-3)
const vector = fc.array(component, { minLength: 4, maxLength: 4 })
const softmaxAt = (temperature: number) => ({ kind: 'softmax', temperature, bias: 0 }) as const

describe('the embedding of a label', () => {
  test('is the mean of its prompts at unit length, at unit length again', () => {
    // (1, 0) and (0, 3): each is normalised first, so that a long embedding has no more weight.
    const [x, y] = labelEmbedding([
      [1, 0],
      [0, 3],
    ])
    expect(x).toBeCloseTo(Math.SQRT1_2, 15)
    expect(y).toBeCloseTo(Math.SQRT1_2, 15)
  })

  test('does not depend on the lengths of its prompts or, except for the last bits, their order', () => {
    fc.assert(
      fc.property(
        fc.array(vector, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (prompts, by) => {
          const value = labelEmbedding(prompts)
          // Prompts that nearly cancel out magnify rounding.
          fc.pre(Math.hypot(...labelSum(prompts)) > 0.1)
          expect(Math.hypot(...value)).toBeCloseTo(1, 12)
          const scaled = labelEmbedding(prompts.map((prompt) => prompt.map((x) => x * by)))
          const reversed = labelEmbedding(prompts.toReversed())
          value.forEach((x, index) => {
            expect(scaled[index]).toBeCloseTo(x, 10)
            expect(reversed[index]).toBeCloseTo(x, 10)
          })
        },
      ),
    )
  })

  test('is not a number where prompts cancel out, and needs prompts of one dimension', () => {
    expect(labelEmbedding([[1], [-1]])[0]).toBeNaN()
    expect(() => labelEmbedding([])).toThrow('at least one prompt')
    expect(() => labelEmbedding([[1], [1, 0]])).toThrow('1 and 2 dimensions')
  })
})

const labelSum = (prompts: readonly number[][]) =>
  prompts
    .map((prompt) => prompt.map((x) => x / Math.hypot(...prompt)))
    .reduce((sum, prompt) => sum.map((x, index) => x + prompt[index]!))

describe('ranking', () => {
  const labels = [
    [0, 1],
    [1, 0],
    [0, 1],
    [0.6, 0.8],
  ].map((label) => labelEmbedding([label]))

  test('is by cosine; equal labels share a rank, in the order given', () => {
    const ranked = rankLabels([2, 0], labels, softmaxAt(0.5))
    expect(ranked.map(({ index, rank }) => [index, rank])).toEqual([
      [1, 1],
      [3, 2],
      [0, 3],
      [2, 3],
    ])
    const total = Math.exp(2) + Math.exp(1.2) + 2
    expect(ranked[0]!.probability).toBeCloseTo(Math.exp(2) / total, 14)
    expect(ranked[2]!.probability).toBeCloseTo(1 / total, 14)
  })

  test('a sigmoid takes each label by itself', () => {
    const ranked = rankLabels([2, 0], labels, { kind: 'sigmoid', temperature: 0.1, bias: -8 })
    expect(ranked.map(({ probability }) => probability)).toEqual(
      [2, -2, -8, -8].map((logit) => expect.closeTo(1 / (1 + Math.exp(-logit)), 14)),
    )
  })

  test('probabilities sum to 1, fall with the rank, and do not follow the order of the labels', () => {
    fc.assert(
      fc.property(
        vector,
        fc.array(vector, { minLength: 2, maxLength: 8 }),
        fc.double({ min: 0.005, max: 5, noNaN: true }),
        (image, given, temperature) => {
          const embeddings = given.map((label) => labelEmbedding([label]))
          const ranked = rankLabels(image, embeddings, softmaxAt(temperature))
          expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12)
          ranked.slice(1).forEach(({ probability, rank }, place) => {
            expect(probability).toBeLessThanOrEqual(ranked[place]!.probability)
            expect(rank).toBeGreaterThanOrEqual(ranked[place]!.rank)
          })
          const back = rankLabels(image, embeddings.toReversed(), softmaxAt(temperature))
          for (const { index, cosine } of ranked)
            expect(back.find((label) => label.index === given.length - 1 - index)!.cosine).toBe(cosine)
        },
      ),
    )
  })

  test('refuses a temperature that is not positive', () => {
    expect(() => rankLabels([1, 0], labels, softmaxAt(0))).toThrow('temperature')
  })
})

describe('the scoring of a model', () => {
  const manifest = (parts: object) =>
    ({ embedding: { logit_scale: 50 }, scoring: { kind: 'softmax' }, ...parts }) as ModelManifest

  test('is calibrated where a temperature was fitted, and learned otherwise', () => {
    expect(scoringOf(manifest({}), true)).toEqual({ kind: 'softmax', temperature: 1 / 50, bias: 0, calibrated: false })
    const fitted = manifest({ calibration: { temperature: 0.03 } })
    expect(scoringOf(fitted, true)).toEqual({ kind: 'softmax', temperature: 0.03, bias: 0, calibrated: true })
  })

  test('outside its domain has the fitted temperature and is not calibrated', () => {
    const fitted = manifest({ calibration: { temperature: 0.03 } })
    expect(scoringOf(fitted, false)).toEqual({ kind: 'softmax', temperature: 0.03, bias: 0, calibrated: false })
  })

  test('of a sigmoid keeps its own scale and bias, whatever was fitted for a softmax', () => {
    const scoring = { kind: 'sigmoid', logit_bias: -12.9 }
    expect(scoringOf(manifest({ scoring, calibration: { temperature: 0.03 } }), true)).toEqual({
      kind: 'sigmoid',
      temperature: 1 / 50,
      bias: -12.9,
      calibrated: false,
    })
  })
})
