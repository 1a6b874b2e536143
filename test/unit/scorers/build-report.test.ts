import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ScorerSpec } from '../../../src/contracts/scorer-spec.ts'
import { report as reportShape, type MetricValue, type Report } from '../../../src/contracts/report.ts'
import type { ShardRecord } from '../../../src/contracts/run.ts'
import { vqaAccuracy } from '../../../src/metrics/vqa-accuracy.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { buildReport } from '../../../src/scorers/build-report.ts'
import { aggregateRun } from '../../../src/runs/aggregate-run.ts'
import { attempt, failedShard, pureRun, recordedRun, RETRIEVAL, SIMILARITY, VQA, type PureWish } from '../../support/pure-run.ts'

async function reportOf(wish: PureWish, failed: { first: number; end: number } | null = null): Promise<Report> {
  const pure = await pureRun(wish)
  const count = pure.run.spec.selection.count
  const ranges = failed
    ? [{ first: 0, end: failed.first }, failed, { first: failed.end, end: count }].filter(({ first, end }) => end > first)
    : [{ first: 0, end: count }]
  const shards: ShardRecord[] = []
  const objects = new Map<string, Uint8Array>()
  for (const [shard, range] of ranges.entries()) {
    if (range === failed) {
      shards.push(failedShard(shard, range))
      continue
    }
    const [record, embeddings] = await attempt(pure, shard, range)
    shards.push(record)
    if (embeddings) objects.set(`embeddings ${shard}`, embeddings)
  }
  return (await aggregateRun(recordedRun(pure, shards, objects), pure.run)).report
}

const CRITERIA: Readonly<Record<'retrieval' | 'vqa', readonly ScorerSpec[]>> = {
  retrieval: [
    RETRIEVAL,
    SIMILARITY,
    { ...SIMILARITY, name: 'tm', variant: 'torchmetrics-100' as const },
    { ...SIMILARITY, name: 'cos', variant: 'cosine' as const },
  ],
  vqa: [VQA, { ...VQA, name: 'old', scorer: 'vqa-2015' as const }],
}

const wishes = fc.constantFrom<'retrieval' | 'vqa'>('retrieval', 'vqa').chain((task) =>
  fc.integer({ min: 1, max: 40 }).chain((items) =>
    fc.integer({ min: 1, max: items }).chain((count) => {
      const some = fc.uniqueArray(fc.nat({ max: count - 1 })).map((ordinals) => new Set(ordinals))
      return fc.record({
        wish: fc.record({
          seed: fc.nat({ max: 1000 }),
          task: fc.constant(task),
          items: fc.constant(items),
          count: fc.constant(count),
          criteria: fc.constant(CRITERIA[task]),
          errored: some,
          unanswered: some,
        }),
        failed: fc.option(
          fc
            .tuple(fc.nat({ max: count }), fc.nat({ max: count }))
            .filter(([a, b]) => a !== b)
            .map(([a, b]) => ({ first: Math.min(a, b), end: Math.max(a, b) })),
        ),
      })
    }),
  ),
)

const whole = (metrics: readonly MetricValue[]) => metrics.filter(({ slice }) => slice === undefined)

describe('any report', () => {
  test('has the published shape, counts that add up, and for every value its n, losses and interval', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, async ({ wish, failed }) => {
        const report = await reportOf(wish, failed)
        // Nothing outside the published shape, and nothing that JSON would lose.
        expect(reportShape.parse(structuredClone(report))).toEqual(report)
        const { counts } = report
        expect(counts.planned).toBe(wish.count)
        expect(counts.scored + counts.errored + counts.unscored).toBe(counts.planned)
        const lost = new Set(wish.errored)
        for (let ordinal = failed?.first ?? 0; ordinal < (failed?.end ?? 0); ordinal++) lost.add(ordinal)
        expect(counts.errored).toBe(lost.size)

        expect(report.criteria.map(({ name }) => name)).toEqual(wish.criteria.map(({ name }) => name))
        for (const { metrics, primary_metric: primary } of report.criteria) {
          expect(whole(metrics).filter(({ metric }) => metric === primary).length).toBeGreaterThanOrEqual(1)
          for (const value of metrics) {
            expect(value.value === null).toBe(value.n === 0)
            if (value.n === 0) expect(value.interval).toBeNull()
            if (value.slice === undefined) {
              expect(value).toMatchObject({
                errored: counts.errored,
                unscored: counts.unscored,
                missing: wish.items - wish.count!,
              })
            }
            const { interval } = value
            if (interval === null) continue
            expect(interval.low).toBeLessThanOrEqual(interval.high)
            const [low, high] = value.range
            if (low !== null) expect(interval.low).toBeGreaterThanOrEqual(low)
            if (high !== null) expect(interval.high).toBeLessThanOrEqual(high)
            expect(interval).toMatchObject({ level: 0.95, target: 'population' })
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a breakdown’s slices add up to the whole, selected or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        wishes.filter(({ wish }) => wish.task === 'vqa'),
        async ({ wish, failed }) => {
          const report = await reportOf(wish, failed)
          for (const { metrics } of report.criteria) {
            const [all] = whole(metrics)
            for (const stratum of ['answer_type=', 'question_type=']) {
              const slices = metrics.filter(({ slice }) => slice?.startsWith(stratum))
              const total = (of: (value: MetricValue) => number) => slices.reduce((sum, value) => sum + of(value), 0)
              expect(total(({ n }) => n)).toBe(all!.n)
              expect(total(({ errored }) => errored)).toBe(all!.errored)
              expect(total(({ unscored }) => unscored)).toBe(all!.unscored)
              // Labels without a selected item have no row.
              expect(total(({ missing }) => missing)).toBeLessThanOrEqual(all!.missing)
              if (wish.count === wish.items) expect(total(({ missing }) => missing)).toBe(0)
            }
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('depends on the seed only through its resampled intervals', async () => {
    const wish: PureWish = { seed: 4, task: 'retrieval', items: 40, criteria: [RETRIEVAL] }
    const [one, two] = [await reportOf(wish), await reportOf(wish)]
    expect(two).toEqual(one)
    expect(one.criteria[0]!.metrics.filter(({ interval }) => interval?.seed !== undefined).map(({ metric }) => metric)).toEqual([
      'median_rank',
    ])
  })
})

test('VQA accuracy is the official mean, and official only when complete', async () => {
  const pure = await pureRun({ seed: 9, task: 'vqa', items: 25, criteria: [VQA] })
  const report = await reportOf({ seed: 9, task: 'vqa', items: 25, criteria: [VQA] })
  let sum = 0
  for (const item of pure.items) {
    const { output } = await pure.model.run({ item, output: 'text' })
    if (item.task === 'vqa' && output.kind === 'text') sum += vqaAccuracy(output.text!, item.answers, 'vqa-2021')
  }
  expect(report.criteria[0]!.metrics[0]!.value).toBe(sum / 25)
  expect(report.criteria[0]!.details).toMatchObject({ official: true, overall_unrounded_percent: (100 * sum) / 25 })
  const partial = await reportOf({ seed: 9, task: 'vqa', items: 25, count: 24, criteria: [VQA] })
  expect(partial.criteria[0]!.details).toMatchObject({ official: false })
  const errored = await reportOf({ seed: 9, task: 'vqa', items: 25, criteria: [VQA], errored: new Set([3]) })
  expect(errored.criteria[0]!.details).toMatchObject({ official: false })
})

test('a retrieval gallery is the scored items: what errored neither ranks nor is ranked against', async () => {
  const report = await reportOf({ seed: 8, task: 'retrieval', items: 10, criteria: [RETRIEVAL], errored: new Set([0, 5]) })
  const [criterion] = report.criteria
  expect(criterion!.details).toMatchObject({ gallery_images: 8 })
  const toText = criterion!.metrics.filter(({ variant }) => variant === 'vse++/image-to-text')
  expect(toText.map(({ metric, n, errored }) => [metric, n, errored])).toEqual([
    ['R@1', 8, 2],
    ['R@5', 8, 2],
    ['R@10', 8, 2],
    ['median_rank', 8, 2],
  ])
  // Eight images, so every caption's picture is among the first ten.
  expect(criterion!.metrics.find(({ metric, variant }) => metric === 'R@10' && variant === 'vse++/text-to-image')!.value).toBe(1)
})

test('rows that are not the selection in order are refused', async () => {
  const pure = await pureRun({ seed: 1, task: 'vqa', items: 3, criteria: [VQA] })
  const row = (ordinal: number) => ({ ordinal, cluster: 0, outcomes: [{ status: 'scored' as const, stats: [1] }] })
  const build = (ordinals: number[]) =>
    buildReport({
      spec: pure.run.spec,
      specDigest: pure.run.specDigest,
      scorers: SCORERS.bindAll(pure.run.spec.criteria),
      version: pure.version,
      columns: pure.columns,
      rows: ordinals.map(row),
      proxy: null,
      embeddings: [],
      outputs: [],
    })
  expect(build([0, 1, 2]).counts.scored).toBe(3)
  for (const ordinals of [[0, 1], [0, 2, 1], [0, 1, 1], [0, 1, 2, 3], []]) expect(() => build(ordinals)).toThrow(RangeError)
})
