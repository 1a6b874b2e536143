/** The report has the same bytes for any shards, in any order of their ends, and with any repetition. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ShardRange, ShardRecord } from '../../../src/contracts/run.ts'
import { decodeRows, encodeRows } from '../../../src/contracts/sample-row.ts'
import { rowWidths, SCORERS } from '../../../src/scorers/registry.ts'
import { aggregateRun } from '../../../src/runs/aggregate-run.ts'
import { layOut } from '../../../src/runs/plan.ts'
import {
  attempt,
  CLASSIFICATION,
  failedShard,
  pureRun,
  recordedRun,
  RETRIEVAL,
  SIMILARITY,
  VQA,
  type PureRun,
} from '../../support/pure-run.ts'
import { cases } from '../../support/cases.ts'

interface Layout {
  readonly shards: readonly ShardRange[]
  readonly failed: ReadonlySet<number>
}

/** Records every shard, those of `order` once per occurrence: the first finisher wins. */
async function record(pure: PureRun, { shards, failed }: Layout, order: readonly number[]) {
  const recorded = new Map<number, ShardRecord>()
  const objects = new Map<string, Uint8Array>()
  for (const shard of order) {
    const range = shards[shard]!
    if (failed.has(range.first)) recorded.set(shard, failedShard(shard, range))
    else {
      const [result, embeddings] = await attempt(pure, shard, range)
      if (!recorded.has(shard)) recorded.set(shard, result)
      if (embeddings) objects.set(`embeddings ${shard}`, embeddings)
    }
  }
  return { recorded: recorded.values(), objects }
}

/** Cuts [0, count) at random places and always around the failing range. */
const layouts = (count: number, failing: ShardRange) =>
  fc.uniqueArray(fc.integer({ min: 1, max: count - 1 }), { maxLength: count - 1 }).chain((cuts) => {
    const edges = [...new Set([0, ...cuts, failing.first, failing.end, count])].toSorted((a, b) => a - b)
    const shards = edges.slice(1).map((end, index) => ({ first: edges[index]!, end }))
    const failed = new Set(
      shards.filter(({ first, end }) => first >= failing.first && end <= failing.end).map(({ first }) => first),
    )
    const all = shards.map((_, shard) => shard)
    return fc
      .array(fc.constantFrom(...all), { maxLength: 6 })
      .chain((again) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }))
      .map((order) => ({ shards, failed, order }))
  })

describe.each([
  ['retrieval', [RETRIEVAL, SIMILARITY]],
  ['classification', [CLASSIFICATION]],
  ['vqa', [VQA, { ...VQA, name: 'before 2021', scorer: 'vqa-2015' as const }]],
] as const)('%s', (task, criteria) => {
  test('random cuts, orders and repetitions: the same bytes as in one piece', async () => {
    const count = 37
    const failing = { first: 9, end: 12 }
    const pure = await pureRun({
      seed: 5,
      task,
      items: 41,
      count,
      criteria,
      errored: new Set([3, 20]),
      unanswered: new Set([4]),
    })
    const plain: Layout = {
      shards: [[0, 9] as const, [9, 12] as const, [12, 37] as const].map(([first, end]) => ({ first, end })),
      failed: new Set([9]),
    }
    const { recorded, objects } = await record(pure, plain, [0, 1, 2])
    const expected = await aggregateRun(recordedRun(pure, recorded, objects), pure.run)
    expect(expected.report.counts.errored).toBe(5)
    await fc.assert(
      fc.asyncProperty(layouts(count, failing), async (layout) => {
        const made = await record(pure, layout, layout.order)
        const folded = await aggregateRun(recordedRun(pure, made.recorded, made.objects), pure.run)
        expect(folded.digest).toBe(expected.digest)
        expect(folded.body).toBe(expected.body)
      }),
      { numRuns: cases(task === 'retrieval' ? 25 : 60) },
    )
  })

  test('compacted, the rows give the same bytes', async () => {
    const pure = await pureRun({ seed: 6, task, items: 30, criteria })
    const layout: Layout = { shards: layOut(30, 7), failed: new Set([7]) }
    const { recorded, objects } = await record(pure, layout, [3, 1, 0, 4, 2])
    const shards = [...recorded]
    const expected = await aggregateRun(recordedRun(pure, shards, objects), pure.run)
    const widths = rowWidths(SCORERS.bindAll(criteria))
    const rows = shards
      .toSorted((a, b) => a.first - b.first)
      .flatMap((shard) => (shard.rows ? decodeRows(shard.rows, widths) : []))
    objects.set('rows', encodeRows(rows, widths))
    const emptied = shards.map((shard) => ({ ...shard, rows: null }))
    const folded = await aggregateRun(recordedRun(pure, emptied, objects), { ...pure.run, rowsKey: 'rows' })
    expect(folded.body).toBe(expected.body)
  })

  test('rows that are missing, twice, or another shard’s are noticed, never folded', async () => {
    const pure = await pureRun({ seed: 7, task, items: 12, criteria })
    const { recorded, objects } = await record(pure, { shards: layOut(12, 4), failed: new Set() }, [0, 1, 2])
    const [a, b, c] = [...recorded] as [ShardRecord, ShardRecord, ShardRecord]
    const fold = (shards: ShardRecord[]) => aggregateRun(recordedRun(pure, shards, objects), pure.run)
    await expect(fold([a, b])).rejects.toThrow('8 rows of 12')
    await expect(fold([a, c])).rejects.toThrow('expected 4')
    await expect(fold([a, a, b, c])).rejects.toThrow('expected 4')
    await expect(fold([a, { ...b, rows: a.rows }, c])).rejects.toThrow('its own ordinals')
    await expect(fold([a, { ...b, rows: null }, c])).rejects.toThrow('without rows')
    await expect(fold([a, { ...b, state: 'leased' }, c])).rejects.toThrow('is leased')
  })
})

describe('gold items and a proxy', () => {
  const scores = (items: number) => Float64Array.from({ length: items }, (_, ordinal) => (ordinal % 7) / 7)
  const powered = (rule: { gold: number } | { target_half_width: number }) => ({
    criterion: VQA.name,
    ...rule,
    proxy: { report_digest: 'r', criterion: 'c', scores_digest: 's', unscored: 0 },
  })

  test.each([{ gold: 130 }, { target_half_width: 0.045 }])('%j: any layout, the same bytes', async (rule) => {
    const items = 900
    const pure = await pureRun({ seed: 3, task: 'vqa', items, criteria: [VQA], predictionPowered: powered(rule) })
    const { count } = pure.run.spec.selection
    const whole = await record(pure, { shards: [{ first: 0, end: count }], failed: new Set() }, [0])
    const expected = await aggregateRun(recordedRun(pure, whole.recorded, whole.objects, scores(items)), pure.run)
    const made = expected.report.prediction_powered!
    expect(made.estimate.interval).toMatchObject({ method: 'ppi++-bounded' })
    expect(expected.report.counts.used).toBe(made.pilot + made.gold)
    if ('gold' in rule) expect(made).toMatchObject({ pilot: 0, gold: 130 })
    else {
      expect(made.pilot).toBe(100)
      expect(made.gold).toBeGreaterThan(100)
      expect(made.gold).toBeLessThan(items - 100)
    }
    for (const size of [7, 40, 131]) {
      const shards = layOut(count, size)
      const order = shards.map((_, shard) => shard).toReversed()
      const cut = await record(pure, { shards, failed: new Set() }, [...order, ...order])
      // Shards that the consumers skip: those after the last item used.
      const used = expected.report.counts.used
      const recorded = [...cut.recorded].map((shard) =>
        shard.first < used ? shard : { ...shard, state: 'skipped' as const, rows: null },
      )
      const folded = await aggregateRun(recordedRun(pure, recorded, cut.objects, scores(items)), pure.run)
      expect(folded.body).toBe(expected.body)
    }
  })

  test('a failed shard among the gold voids the interval', async () => {
    const pure = await pureRun({ seed: 3, task: 'vqa', items: 300, criteria: [VQA], predictionPowered: powered({ gold: 120 }) })
    const made = await record(pure, { shards: layOut(120, 40), failed: new Set([40]) }, [0, 1, 2])
    const { report } = await aggregateRun(recordedRun(pure, made.recorded, made.objects, scores(300)), pure.run)
    expect(report.prediction_powered!.estimate).toMatchObject({ interval: null, n: 80, errored: 40, missing: 180 })
  })
})
