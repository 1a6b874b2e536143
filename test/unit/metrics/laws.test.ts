import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mean } from '../../../src/metrics/averages.ts'
import { bleuOf, bleuStatistics, decodeBleu, encodeBleu, sumBleu } from '../../../src/metrics/bleu.ts'
import { clipScoreMean, clipScoreOf } from '../../../src/metrics/clipscore.ts'
import { meteorOf, meteorStatistics, sumMeteor } from '../../../src/metrics/meteor.ts'
import { inOrdinalOrder } from '../../../src/metrics/ordinal-rows.ts'
import { rougeL } from '../../../src/metrics/rouge-l.ts'
import { vqaSummary } from '../../../src/metrics/vqa-accuracy.ts'

interface Row {
  readonly ordinal: number
  readonly values: readonly number[]
}

const same = (a: Row, b: Row) => a.values.every((value, index) => Object.is(value, b.values[index]))

/** Rows with ordinals from 0, cut into shards of random size, shuffled, some delivered twice. */
function delivered(values: fc.Arbitrary<readonly number[]>): fc.Arbitrary<{ rows: Row[]; parts: Row[][] }> {
  return fc
    .array(values, { minLength: 1, maxLength: 20 })
    .map((list) => list.map((entry, ordinal): Row => ({ ordinal, values: entry })))
    .chain((rows) =>
      fc.record({
        rows: fc.constant(rows),
        order: fc.shuffledSubarray(rows, { minLength: rows.length }),
        again: fc.subarray(rows),
        shard: fc.integer({ min: 1, max: 5 }),
      }),
    )
    .map(({ rows, order, again, shard }) => {
      const all = [...order, ...again]
      return {
        rows,
        parts: Array.from({ length: Math.ceil(all.length / shard) }, (_, i) => all.slice(i * shard, (i + 1) * shard)),
      }
    })
}

const words = fc
  .array(fc.constantFrom('a', 'man', 'rides', 'riding', 'wave'), { minLength: 1, maxLength: 6 })
  .map((list) => list.join(' '))
const fraction = fc.double({ min: 0, max: 1, noNaN: true })

describe('any partition, any order, duplicates: same bytes', () => {
  test.each([
    [
      'VQA accuracy',
      fraction.map((accuracy) => [accuracy]),
      (rows: Row[]) =>
        vqaSummary(rows.map(({ values }) => ({ accuracy: values[0]!, question_type: 'q', answer_type: 'a' }))).unrounded.overall,
    ],
    [
      'CLIPScore',
      fraction.map((cosine) => [clipScoreOf(cosine, 'clipscore-2.5')]),
      (rows: Row[]) =>
        clipScoreMean(
          rows.map(({ values }) => values[0]!),
          'clipscore-2.5',
        ),
    ],
    [
      'ROUGE-L',
      fc.tuple(words, words).map(([a, b]) => [rougeL(a, [b])]),
      (rows: Row[]) => mean(rows.map(({ values }) => values[0]!)),
    ],
    [
      'BLEU',
      fc.tuple(words, words).map(([a, b]) => encodeBleu(bleuStatistics(a, [b]))),
      (rows: Row[]) => bleuOf(sumBleu(rows.map(({ values }) => decodeBleu(values))))[3],
    ],
    [
      'METEOR',
      fc.tuple(words, words).map(([a, b]) => meteorStatistics(a, [b])),
      (rows: Row[]) => meteorOf(sumMeteor(rows.map(({ values }) => values))),
    ],
  ] as const)('%s', (_, values, fold) => {
    fc.assert(
      fc.property(delivered(values as fc.Arbitrary<readonly number[]>), ({ rows, parts }) => {
        expect(Object.is(fold(inOrdinalOrder(parts, same)), fold(rows))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('two different rows for one item are refused', () => {
    expect(() => inOrdinalOrder([[{ ordinal: 3, values: [1] }], [{ ordinal: 3, values: [2] }]], same)).toThrow('ordinal 3')
  })
})
