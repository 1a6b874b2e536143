import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunSpec } from '../../../src/contracts/run.ts'
import type { SampleRow } from '../../../src/contracts/sample-row.ts'
import type { ScorerReport, MetricValue } from '../../../src/contracts/report.ts'
import { looksOf } from '../../../src/scorers/items-used.ts'
import { predictionPoweredEstimate, usedByTarget as itemsOf } from '../../../src/scorers/prediction-powered.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { predictionPoweredMean, requiredGold } from '../../../src/statistics/prediction-powered.ts'

const N = 1200
const random = new CounterRandom(4, 'gold').startReplicate(0)
const truth: readonly number[] = Array.from({ length: N }, () => (random.uniform() < 0.6 ? 1 : 0))
const proxy = Float64Array.from(truth, (score) => (random.uniform() < 0.8 ? score : 1 - score))

function specOf(count: number, target?: number): RunSpec {
  return {
    schema: 'assay.run-spec/1',
    dataset: { digest: 'd', task: 'vqa', items: N },
    selection: { count },
    criteria: [
      { type: 'vqa_accuracy', name: 'other', scorer: 'vqa-2015', pass_threshold: 0.5 },
      { type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021', pass_threshold: 0.5 },
    ],
    subject: { type: 'results', name: 'r', results_digest: '' },
    seed: 0,
    level: 0.95,
    prediction_powered: {
      criterion: 'vqa',
      ...(target === undefined ? {} : { target_half_width: target }),
      proxy: { report_digest: 'r', criterion: 'c', scores_digest: 's', unscored: 0 },
    },
  }
}

const rowsOf = (values: readonly (number | null)[]): SampleRow[] =>
  values.map((value, ordinal) => ({
    ordinal,
    cluster: ordinal,
    outcomes: [
      { status: 'scored', stats: [0.3] },
      value === null ? { status: 'errored', stats: [0] } : { status: 'scored', stats: [value] },
    ],
  }))

const metric = (value: number, slice?: string): MetricValue => ({
  metric: 'vqa_accuracy',
  variant: 'vqa-2021',
  ...(slice === undefined ? {} : { slice }),
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  value,
  n: 1,
  errored: 0,
  unscored: 0,
  missing: 0,
  interval: null,
})
const reportOf = (name: string): ScorerReport => ({
  name,
  type: 'vqa_accuracy',
  primary_metric: 'vqa_accuracy',
  metrics: [metric(0.1, 'a=b'), metric(0.5)],
})
const REPORTS = [reportOf('other'), reportOf('vqa')]
const usedByTarget = (spec: RunSpec, rows: readonly SampleRow[], scores: Float64Array) =>
  itemsOf(spec, SCORERS.bindAll(spec.criteria), rows, scores)
const estimateOf = (spec: RunSpec, values: readonly (number | null)[], scores: Float64Array | null = proxy) =>
  predictionPoweredEstimate(spec, SCORERS.bindAll(spec.criteria), rowsOf(values), scores, REPORTS)!

describe('gold by a target', () => {
  it('is what the pilot asks for, and nothing after the pilot can change it', () => {
    const gold = truth.slice(0, 100)
    const needed = requiredGold({
      range: [0, 1],
      gold,
      proxy: proxy.slice(0, 100),
      populationSize: N,
      targetHalfWidth: 0.05,
      level: 0.95,
    })
    expect(needed).toBeGreaterThan(100)
    expect(needed).toBeLessThan(N - 100)
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0.3, 1, null), { maxLength: 80 }), (later) => {
        expect(usedByTarget(specOf(N, 0.05), rowsOf([...gold, ...later]), proxy)).toBe(100 + needed)
      }),
      { numRuns: 20 },
    )
  })

  it('is not known before the pilot ends, which is the only look', () => {
    expect(usedByTarget(specOf(N, 0.05), rowsOf(truth.slice(0, 99)), proxy)).toBeNull()
    expect(looksOf(specOf(N, 0.05))).toEqual([100])
    expect(usedByTarget(specOf(N), rowsOf(truth), proxy)).toBeNull()
    expect(looksOf(specOf(N))).toEqual([])
  })

  it('goes no further than the selection, and not beyond a pilot that errored', () => {
    expect(usedByTarget(specOf(250, 0.001), rowsOf(truth), proxy)).toBe(250)
    expect(usedByTarget(specOf(N, 0.05), rowsOf([...truth.slice(0, 99), null, 1]), proxy)).toBe(100)
  })
})

describe('the estimate', () => {
  it('is PPI++ of the judged criterion, under a name that says so', () => {
    const expected = predictionPoweredMean({ gold: truth.slice(0, 300), proxy, range: [0, 1], level: 0.95 })
    const made = estimateOf(specOf(300), truth.slice(0, 300))
    expect(made).toMatchObject({ criterion: 'vqa', pilot: 0, gold: 300, lambda: expected.lambda })
    expect(made.estimate).toEqual({ ...metric(expected.value), variant: 'vqa-2021/ppi++', interval: expected.interval })
    expect(made.estimate.interval).toMatchObject({ method: 'ppi++-bounded', target: 'this_dataset', clusters: 300 })
    expect(made.proxy_mean).toBeCloseTo(proxy.reduce((a, b) => a + b, 0) / N, 12)
  })

  it('leaves the pilot out of the interval, not out of the value', () => {
    const spec = specOf(N, 0.05)
    const used = usedByTarget(spec, rowsOf(truth), proxy)!
    const made = estimateOf(spec, truth.slice(0, used))
    const expected = predictionPoweredMean({
      pilot: truth.slice(0, 100),
      gold: truth.slice(100, used),
      proxy,
      range: [0, 1],
      level: 0.95,
    })
    expect(made).toMatchObject({ pilot: 100, gold: used - 100, estimate: { value: expected.value, interval: expected.interval } })
  })

  it('has no interval once a gold item errored, and says nothing that JSON cannot', () => {
    const made = estimateOf(specOf(300), truth.slice(0, 300).with(200, null as never))
    expect(made).toMatchObject({ predicted_half_width: null, estimate: { interval: null } })
    expect(made.estimate.value).toBeGreaterThan(0.4)
    const nothing = estimateOf(specOf(N, 0.05), Array(100).fill(null))
    expect(nothing).toMatchObject({ gold: 0, pilot: 100, correlation: null, estimate: { value: null, interval: null } })
    const still = estimateOf(
      specOf(300),
      truth.slice(0, 300),
      proxy.map(() => 0.5),
    )
    expect(still).toMatchObject({ correlation: null, lambda: 0 })
  })

  it('needs a proxy of every item', () => {
    const none = () => estimateOf(specOf(300), truth.slice(0, 300), null)
    const few = () => estimateOf(specOf(300), truth.slice(0, 300), proxy.slice(1))
    expect(none).toThrow(RangeError)
    expect(few).toThrow(RangeError)
  })
})
