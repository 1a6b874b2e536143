import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calibrationAt, calibrationOf, fitTemperature } from '../../../src/metrics/calibration.ts'
import { softmax } from '../../../src/metrics/softmax.ts'

/** Rows of logits with one right answer each. */
const sample = (rows: { min: number; max: number }, logit = fc.double({ min: -3, max: 3, noNaN: true })) =>
  fc.integer({ min: 2, max: 6 }).chain((width) =>
    fc
      .array(fc.tuple(fc.array(logit, { minLength: width, maxLength: width }), fc.integer({ min: 0, max: width - 1 })), {
        minLength: rows.min,
        maxLength: rows.max,
      })
      .map((pairs) => ({ logits: pairs.map(([row]) => row), right: pairs.map(([, answer]) => answer) })),
  )

/**
 * Whether some answer is strictly right and some strictly wrong: then a best temperature exists if the slope
 * at 0 allows it.
 */
function fit({ logits, right }: { logits: number[][]; right: number[] }): number | null {
  try {
    return fitTemperature(logits, right).temperature
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith('no temperature')) return null
    throw error
  }
}

describe('calibration errors', () => {
  test('equal the definitions on five pictures and two bins', () => {
    // Confidences .9 (right), .8 (wrong), .7 (right) | .5 (right: the first of two) | 1 (right).
    const rows = [
      [0.9, 0.1],
      [0.8, 0.2],
      [0.3, 0.7],
      [0.5, 0.5],
      [1, 0],
    ]
    const { ece, mce, brier, nll, accuracy, bins } = calibrationOf(rows, [0, 1, 1, 0, 0], 2)
    expect(bins.map(({ n }) => n)).toEqual([1, 4])
    expect(accuracy).toBe(4 / 5)
    expect(ece).toBeCloseTo((1 / 5) * Math.abs(1 - 0.5) + (4 / 5) * Math.abs(3 / 4 - 3.4 / 4), 14)
    expect(mce).toBeCloseTo(0.5, 14)
    expect(brier).toBeCloseTo((2 * 0.01 + 2 * 0.64 + 2 * 0.09 + 2 * 0.25 + 0) / 5, 14)
    expect(nll).toBeCloseTo(-Math.log(0.9 * 0.2 * 0.7 * 0.5) / 5, 14)
  })

  test('bins are (low, high]: a confidence on an edge belongs below', () => {
    const { bins } = calibrationOf([[0.6, 0.4]], [0], 5)
    expect(bins.map(({ n }) => n)).toEqual([0, 0, 1, 0, 0])
    expect(bins[0]!.accuracy).toBeNaN()
  })

  test('certainty is perfectly calibrated if right, and maximally wrong if not', () => {
    expect(calibrationOf([[1, 0]], [0])).toMatchObject({ ece: 0, mce: 0, brier: 0, nll: 0 })
    expect(calibrationOf([[1, 0]], [1])).toMatchObject({ ece: 1, mce: 1, brier: 2, nll: Infinity })
  })

  test('stay in their ranges, with ECE ≤ MCE, in any order of rows', () => {
    fc.assert(
      fc.property(sample({ min: 1, max: 20 }), ({ logits, right }) => {
        const rows = logits.map(softmax)
        const value = calibrationOf(rows, right)
        expect(value.ece).toBeGreaterThanOrEqual(0)
        expect(value.ece).toBeLessThanOrEqual(value.mce + 1e-12)
        expect(value.mce).toBeLessThanOrEqual(1)
        expect(value.brier).toBeLessThanOrEqual(2)
        expect(value.bins.reduce((sum, { n }) => sum + n, 0)).toBe(rows.length)
        const back = calibrationOf(rows.toReversed(), right.toReversed())
        for (const measure of ['ece', 'mce', 'brier', 'nll'] as const) expect(back[measure]).toBeCloseTo(value[measure], 10)
      }),
    )
  })

  test('one bin: ECE is the gap of mean confidence and accuracy, which more bins never make smaller', () => {
    fc.assert(
      fc.property(sample({ min: 1, max: 20 }), fc.integer({ min: 2, max: 40 }), ({ logits, right }, bins) => {
        const rows = logits.map(softmax)
        const one = calibrationOf(rows, right, 1)
        const confidence = rows.reduce((sum, row) => sum + Math.max(...row), 0) / rows.length
        expect(one.ece).toBeCloseTo(Math.abs(one.accuracy - confidence), 12)
        expect(calibrationOf(rows, right, bins).ece).toBeGreaterThanOrEqual(one.ece - 1e-12)
      }),
    )
  })

  test.each([
    ['no row', [], [], 'at least one row'],
    ['unequal numbers', [[0.5, 0.5]], [], '1 rows, 0 right answers'],
    ['an answer out of the row', [[0.5, 0.5]], [2], 'right answer 2 of 2'],
    ['one candidate', [[1]], [0], 'at least 2'],
    ['a negative probability', [[-0.5, 1.5]], [0], 'is not a probability'],
    ['rows that do not sum to 1', [[0.5, 0.4]], [0], 'sum to 0.9'],
  ] as const)('refuse %s', (_, rows, right, message) => {
    expect(() => calibrationOf(rows, right)).toThrow(message)
  })
})

describe('fitting a temperature', () => {
  test('finds the closed form: two candidates, a margin of m, right in a fraction a of the rows → T = m / ln(a/(1-a))', () => {
    const rows = Array.from({ length: 10 }, () => [3, 0])
    const { temperature } = fitTemperature(rows, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    expect(temperature).toBeCloseTo(3 / Math.log(8 / 2), 10)
  })

  test('no other temperature has a smaller likelihood loss', () => {
    fc.assert(
      fc.property(sample({ min: 2, max: 20 }), fc.double({ min: 0.05, max: 20, noNaN: true }), (given, other) => {
        const temperature = fit(given)
        if (temperature === null) return
        const { nll } = calibrationAt(given.logits, given.right, temperature)
        expect(nll).toBeLessThanOrEqual(calibrationAt(given.logits, given.right, other).nll + 1e-12)
        expect(fitTemperature(given.logits, given.right).nll).toBeCloseTo(nll, 12)
      }),
    )
  })

  test('scales with the logits, and ignores a constant added to a row', () => {
    const whole = sample({ min: 2, max: 12 }, fc.integer({ min: -3, max: 3 }))
    fc.assert(
      fc.property(whole, fc.integer({ min: -20, max: 20 }), ({ logits, right }, power) => {
        const temperature = fit({ logits, right })
        const scaled = fit({ logits: logits.map((row) => row.map((logit) => logit * 2 ** power)), right })
        expect(scaled).toBe(temperature === null ? null : temperature * 2 ** power)
        const shifted = fit({ logits: logits.map((row) => row.map((logit) => logit + 5)), right })
        // Far from 1 the minimum is nearly flat: its position is less exact than its value.
        if (temperature === null || temperature > 100) return
        expect(shifted! / temperature).toBeCloseTo(1, 6)
      }),
    )
  })

  test('changes no answer, and corrects an overconfident classifier', () => {
    // Truth drawn from softmax(logits); the classifier claims softmax(4 · logits).
    const logits: number[][] = []
    const right: number[] = []
    for (let row = 0; row < 4000; row++) {
      const margin = ((row % 40) - 20) / 10
      logits.push([margin, 0])
      // Exactly the fraction σ(margin) of the hundred rows with this margin.
      right.push(Math.floor(row / 40) < 100 / (1 + Math.exp(-margin)) ? 0 : 1)
    }
    const claimed = logits.map((row) => row.map((logit) => 4 * logit))
    const { temperature } = fitTemperature(claimed, right)
    expect(temperature).toBeCloseTo(4, 0)
    const before = calibrationAt(claimed, right, 1)
    const after = calibrationAt(claimed, right, temperature)
    expect(after.accuracy).toBe(before.accuracy)
    expect(before.ece).toBeGreaterThan(0.15)
    expect(after.ece).toBeLessThan(0.02)
    expect(after.brier).toBeLessThan(before.brier)
  })

  test.each([
    [
      'every right answer ranks first',
      [
        [2, 0],
        [0, 1],
      ],
      [0, 1],
      'ranks first',
    ],
    [
      'the logits say the opposite',
      [
        [2, 0],
        [2, 0],
        [2, 0],
      ],
      [1, 1, 0],
      'not above',
    ],
    [
      'the logits are all equal',
      [
        [1, 1],
        [1, 1],
      ],
      [0, 1],
      'not above',
    ],
    [
      'a logit is not finite',
      [
        [Infinity, 0],
        [0, 1],
      ],
      [0, 0],
      'not finite',
    ],
  ] as const)('throws if %s', (_, logits, right, message) => {
    expect(() => fitTemperature(logits, right)).toThrow(message)
  })

  test('works at extremes: logits of thousands, and of billionths', () => {
    for (const scale of [1e4, 1e-9]) {
      const rows = Array.from({ length: 4 }, () => [scale, 0, 0])
      const { temperature, iterations } = fitTemperature(rows, [0, 0, 0, 1])
      // p = 3/4 at the margin s/T: 1 / (1 + 2 exp(-s/T)).
      expect(temperature / (scale / Math.log(6))).toBeCloseTo(1, 9)
      expect(iterations).toBeLessThan(60)
    }
  })
})
