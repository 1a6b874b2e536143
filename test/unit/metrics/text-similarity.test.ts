/**
 * Text similarity against rapidfuzz, sacreBLEU, nltk and rouge_score, and its time for the longest texts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../../../scripts/paths.ts'
import { similarityOf, TEXT_SIMILARITY_METRICS, type TextSimilarityMetric } from '../../../src/metrics/text-similarity/metrics.ts'
import { leastCpu } from '../../support/cpu-time.ts'

type Case = { input: string; reference: string } & Record<TextSimilarityMetric, number>
const CASES = JSON.parse(readFileSync(join(ROOT, 'test/golden/text-similarity/expected.json'), 'utf8')) as Case[]

describe.each(TEXT_SIMILARITY_METRICS.filter((metric) => metric !== 'meteor'))('%s', (metric) => {
  test(`agrees with its reference implementation on ${CASES.length} pairs`, () => {
    const wrong = CASES.filter(({ input, reference, ...expected }) => {
      const found = similarityOf(metric, input, reference)
      return !(Math.abs(found - expected[metric]) <= 1e-12)
    }).map(({ input, reference, ...expected }) => [input, reference, similarityOf(metric, input, reference), expected[metric]])
    expect(wrong).toEqual([])
  })
})

test('every metric is within [0, 1], and 1 for equal texts of more than five words', () => {
  const text = 'a red boat lies on the long beach'
  const values = TEXT_SIMILARITY_METRICS.map((metric) => [metric, similarityOf(metric, text, text)] as const)
  expect(values.filter(([, value]) => Math.abs(value - 1) > 1e-12)).toEqual([])
})

test('the longest texts take less than a second of CPU time', () => {
  const a = Array.from({ length: 16_000 }, (_, i) => 'abcde '[(i * i + 3 * i) % 6]).join('')
  const b = Array.from({ length: 16_000 }, (_, i) => 'ab cde'[(i * i * 7 + i) % 6]).join('')
  const cpu = leastCpu(1000, () => {
    similarityOf('fuzzy_match', a, b)
    similarityOf('rouge_l', a, b)
  })
  expect(cpu).toBeLessThan(1000)
})
