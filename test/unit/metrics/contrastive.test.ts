import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alignment, ntXent, supervisedContrastive, uniformity } from '../../../src/metrics/contrastive.ts'

const unit = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]

describe('NT-Xent', () => {
  test('equals the formula on a two-pair example', () => {
    const { imageToText, textToImage, symmetric } = ntXent([unit(0), unit(90)], [unit(0), unit(60)], 0.5)
    const [c0, c30, c60] = [1, Math.cos(Math.PI / 6), 0.5].map((cosine) => Math.exp(cosine / 0.5)) as [number, number, number]
    const one = Math.exp(0)
    expect(imageToText).toBeCloseTo((-Math.log(c0 / (c0 + c60)) - Math.log(c30 / (c30 + one))) / 2, 12)
    expect(textToImage).toBeCloseTo((-Math.log(c0 / (c0 + one)) - Math.log(c30 / (c30 + c60))) / 2, 12)
    expect(symmetric).toBeCloseTo((imageToText + textToImage) / 2, 12)
  })

  test('collapse gives ln n, whatever the scale of the vectors', () => {
    const same = [
      [2, 0],
      [3, 0],
      [4, 0],
    ]
    expect(ntXent(same, same, 0.07).imageToText).toBeCloseTo(Math.log(3), 12)
  })

  test('refuses unequal sets, zero vectors and temperatures that are not positive', () => {
    expect(() => ntXent([[1]], [], 1)).toThrow('1 images, 0 texts')
    expect(() => ntXent([[0, 0]], [[1, 0]], 1)).toThrow('not finite')
    expect(() => ntXent([[1]], [[1]], 0)).toThrow('temperature')
  })

  test('does not depend on the order of the pairs beyond the last bits', () => {
    const angle = fc.integer({ min: 0, max: 359 })
    fc.assert(
      fc.property(fc.array(fc.tuple(angle, angle), { minLength: 1, maxLength: 8 }), (pairs) => {
        const value = (list: typeof pairs) =>
          ntXent(
            list.map(([a]) => unit(a)),
            list.map(([, b]) => unit(b)),
            0.1,
          ).symmetric
        expect(value(pairs.toReversed())).toBeCloseTo(value(pairs), 10)
        expect(value(pairs)).toBeGreaterThanOrEqual(-1e-12)
      }),
    )
  })
})

describe('SupCon', () => {
  test('equals NT-Xent of a batch when every label has two members', () => {
    const vectors = [unit(0), unit(10), unit(120), unit(150)]
    const exps = (i: number, j: number) => Math.exp(vectors[i]!.reduce((sum, x, k) => sum + x * vectors[j]![k]!, 0) / 0.2)
    const expected =
      [
        [0, 1],
        [1, 0],
        [2, 3],
        [3, 2],
      ].reduce((sum, [i, p]) => {
        const others = [0, 1, 2, 3].filter((j) => j !== i).reduce((total, j) => total + exps(i!, j), 0)
        return sum - Math.log(exps(i!, p!) / others)
      }, 0) / 4
    expect(supervisedContrastive(vectors, ['a', 'a', 'b', 'b'], 0.2)).toEqual({
      loss: expect.closeTo(expected, 12),
      anchors: 4,
      withoutPositive: 0,
    })
  })

  test('leaves out, and counts, anchors without a positive', () => {
    const { anchors, withoutPositive } = supervisedContrastive([unit(0), unit(5), unit(90)], ['a', 'a', 'b'], 1)
    expect([anchors, withoutPositive]).toEqual([2, 1])
    expect(supervisedContrastive([unit(0), unit(5)], ['a', 'b'], 1).loss).toBeNaN()
  })
})

test('alignment and uniformity', () => {
  expect(alignment([unit(0)], [unit(60)])).toBeCloseTo(1, 12)
  expect(alignment([unit(0)], [unit(60)], 1)).toBeCloseTo(1, 12)
  expect(alignment([unit(30)], [unit(30)])).toBeCloseTo(0, 12)
  expect(uniformity([unit(0), unit(180)])).toBeCloseTo(-8, 12)
  expect(uniformity([unit(7), unit(7)])).toBeCloseTo(0, 12)
})
