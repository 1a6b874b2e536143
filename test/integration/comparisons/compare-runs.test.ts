/**
 * Comparisons of whole runs: rows from the engine, numbers by hand.
 */
import { describe, expect, test } from 'vitest'
import { compareRuns, type CompareRequest } from '../../../src/comparisons/compare-runs.ts'
import type { RunScores } from '../../../src/comparisons/run-scores.ts'
import type { ComparisonBody } from '../../../src/contracts/comparison.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { runScores } from '../../../src/runs/run-scores.ts'
import { pureRun, type PureRun, RETRIEVAL, SIMILARITY, VQA } from '../../support/pure-run.ts'
import { SqliteEngine } from '../runs/sqlite-engine.ts'

const OPTIONS = { level: 0.95, seed: 0, listed: 5 } as const

interface Finished {
  readonly lab: SqliteEngine
  readonly run: RunRecord
  readonly pure: PureRun
}

async function finish(pure: PureRun, shardSize = 16): Promise<Finished> {
  const lab = new SqliteEngine(pure)
  const { id } = await lab.start({ shardSize })
  await lab.drain()
  return { lab, pure, run: await lab.run(id) }
}

/** Runs live in databases of their own, so each is found by its id. */
function scoresOf(finished: readonly Finished[]): RunScores {
  const of = (run: RunRecord) => finished.find((one) => one.run === run)!
  const scores = (run: RunRecord) => runScores(of(run).lab.engine)
  return {
    statuses: (run, scorers) => scores(run).statuses(run, scorers),
    comparables: (run, paired) => scores(run).comparables(run, paired),
    datasetName: (run) => scores(run).datasetName(run),
    itemIds: (run) => scores(run).itemIds(run),
    itemIdsAt: (run, ordinals) => scores(run).itemIdsAt(run, ordinals),
  }
}

function compare(
  baseline: Finished,
  treatments: readonly Finished[],
  options: Partial<CompareRequest> = {},
): Promise<ComparisonBody> {
  const request = { ...OPTIONS, baseline: baseline.run, treatments: treatments.map(({ run }) => run), ...options }
  return compareRuns(scoresOf([baseline, ...treatments]), request)
}

const questions = { seed: 3, task: 'vqa', items: 120, criteria: [VQA] } as const
const pictures = { seed: 12, task: 'retrieval', items: 40, criteria: [RETRIEVAL, SIMILARITY] } as const

/** The same items, answered by another model. */
const answeredAgain = async (wish: Parameters<typeof pureRun>[0]): Promise<PureRun> => ({
  ...(await pureRun(wish)),
  model: (await pureRun({ ...wish, seed: wish.seed + 1 })).model,
})

describe('a comparison', () => {
  test('of a run with itself finds no difference', async () => {
    const one = await finish(await pureRun(questions))
    const [result] = (await compare(one, [one])).results
    expect(result).toMatchObject({ difference: 0, p: 1, adjusted_p: 1, verdict: 'no_difference_found', n: 120 })
    expect(result!.improved!.count + result!.degraded!.count).toBe(0)
    expect(result!.interval!.low).toBeLessThan(0)
    expect(result!.interval!.high).toBeGreaterThan(0)
  })

  test('has the values of both reports, their difference, and every flip', async () => {
    const baseline = await finish(await pureRun(questions))
    const treatment = await finish(await answeredAgain(questions))
    const { results, tests, dataset } = await compare(baseline, [treatment], { listed: 100 })
    const value = ({ lab }: Finished) =>
      (
        JSON.parse(lab.rows<{ body: string }>('SELECT body FROM reports')[0]!.body) as {
          criteria: { metrics: { value: number }[] }[]
        }
      ).criteria[0]!.metrics[0]!.value
    const [result] = results
    expect(results).toHaveLength(1)
    expect(tests).toBe(1)
    expect(dataset).toMatchObject({ name: 'pure', items: 120 })
    expect(result!.baseline).toBe(value(baseline))
    expect(result!.treatment_value).toBe(value(treatment))
    expect(result!.difference).toBeCloseTo(value(treatment) - value(baseline), 12)
    const { improved, degraded } = result!
    expect(improved!.largest).toHaveLength(improved!.count)
    const changed = [...improved!.largest, ...degraded!.largest]
    const sum = changed.reduce((total, flip) => total + flip.treatment - flip.baseline, 0)
    expect(sum / 120).toBeCloseTo(result!.difference!, 12)
    for (const flip of improved!.largest) expect(flip.treatment).toBeGreaterThan(flip.baseline)
    for (const { item, datasource_item_id: ordinal } of changed) expect(item).toBe(baseline.pure.items[ordinal]!.id)
  })

  test('leaves out items that one run could not score, and counts them', async () => {
    const baseline = await finish(await pureRun({ ...questions, errored: new Set([0, 1]) }))
    const treatment = await finish(await pureRun({ ...questions, errored: new Set([1, 2, 3]) }))
    const [result] = (await compare(baseline, [treatment])).results
    expect(result).toMatchObject({
      n: 116,
      left_out: { total: 4, errored_in_baseline: 2, errored_in_treatment: 3, unscored_in_baseline: 0 },
      difference: 0,
    })
  })

  test('ranks over the gallery that both runs share', async () => {
    const whole = await pureRun(pictures)
    const without = await pureRun({ ...pictures, errored: new Set([5, 9]) })
    const { results } = await compare(await finish(whole), [await finish(without)])
    // The same model on a smaller gallery: the ranks differ in the reports, never in the comparison.
    for (const result of results) expect(result).toMatchObject({ difference: 0, left_out: { total: 2 } })
  })

  test('adjusts over scorers and treatments, and judges one metric per scorer', async () => {
    const [baseline, second, third] = [
      await finish(await pureRun(pictures)),
      await finish(await answeredAgain(pictures)),
      await finish({ ...(await pureRun(pictures)), model: (await pureRun({ ...pictures, seed: 99 })).model }),
    ]
    const { results, tests, untested } = await compare(baseline!, [second!, third!])
    expect(tests).toBe(4)
    const primary = results.filter((result) => result.primary)
    expect(primary.map(({ criterion, metric }) => [criterion, metric])).toEqual([
      ['retrieval', 'R@1'],
      ['clipscore', 'CLIPScore'],
      ['retrieval', 'R@1'],
      ['clipscore', 'CLIPScore'],
    ])
    for (const result of primary) expect(result.adjusted_p!).toBeGreaterThanOrEqual(result.p!)
    const least = primary.toSorted((a, b) => a.p! - b.p!)[0]!
    expect(least.adjusted_p).toBe(Math.min(1, 4 * least.p!))
    for (const result of results.filter((one) => !one.primary)) expect(result).toMatchObject({ adjusted_p: null, verdict: null })
    expect(untested.map(({ metric }) => metric)).toEqual(['median_rank', 'median_rank'])
  })

  test('calls runs equivalent within a margin that the interval keeps to, and not within a smaller one', async () => {
    const baseline = await finish(await pureRun(questions))
    const treatment = await finish(await answeredAgain(questions))
    const within = async (margin: number) => (await compare(baseline, [treatment], { margin })).results[0]!
    expect(await within(0.9)).toMatchObject({ verdict: 'equivalent', margin: 0.9 })
    const narrow = await within(1e-6)
    expect(narrow.verdict).not.toBe('equivalent')
    expect(narrow.equivalence_interval!.level).toBeCloseTo(0.9, 12)
    expect(narrow.equivalence_interval!.low).toBeGreaterThanOrEqual(narrow.interval!.low)
  })

  test('gives no verdict on fewer than thirty clusters', async () => {
    const few = { ...pictures, items: 12, criteria: [RETRIEVAL] } as const
    const result = (await compare(await finish(await pureRun(few)), [await finish(await answeredAgain(few))])).results[0]!
    expect(result.verdict).toBe('too_few_samples')
  })

  test('has the same numbers whatever the shards', async () => {
    const [wish, other] = [await pureRun(questions), await answeredAgain(questions)]
    const one = await compare(await finish(wish, 7), [await finish(other, 50)])
    const again = await compare(await finish(wish, 120), [await finish(other, 3)])
    expect(again.results.map(({ treatment: _id, ...rest }) => rest)).toEqual(
      one.results.map(({ treatment: _id, ...rest }) => rest),
    )
  })
})

describe('a comparison is refused', () => {
  test('for runs with other items, with the ids', async () => {
    const all = await finish(await pureRun(questions))
    const some = await finish(await pureRun({ ...questions, count: 118 }))
    await expect(compare(all, [some])).rejects.toThrow(
      '/treatments/0: the runs have different items: 2 only in the baseline: "item 118", "item 119". Run both on the same dataset version with the same limit',
    )
  })

  test('for a criterion that one run lacks, or that has other parameters', async () => {
    const both = await finish(await pureRun(pictures))
    const one = await finish(await pureRun({ ...pictures, criteria: [RETRIEVAL] }))
    const other = await finish(
      await pureRun({ ...pictures, criteria: [RETRIEVAL, { ...SIMILARITY, variant: 'torchmetrics-100' }] }),
    )
    await expect(compare(both, [one])).rejects.toThrow(
      /\/treatments\/0: run \S+ has no criterion "clipscore"; it has "retrieval"/,
    )
    await expect(compare(both, [other])).rejects.toThrow(/\/treatments\/0: criterion "clipscore" has other parameters/)
    await expect(compare(both, [one], { criteria: ['retrieval', 'fit'] })).rejects.toThrow(/\/criteria\/1: .* no criterion "fit"/)
    expect((await compare(both, [one], { criteria: ['retrieval'] })).tests).toBe(1)
  })

  test('for more items than one invocation holds, also for a gate', async () => {
    const kept = await finish(await pureRun({ ...pictures, criteria: [RETRIEVAL] }))
    const sized = (one: Finished, count: number): Finished => ({
      ...one,
      run: { ...one.run, spec: { ...one.run.spec, selection: { count } } },
    })
    await expect(compare(sized(kept, 20_001), [kept])).rejects.toThrow(/the run at \/baseline.* 20000 items/)
    const answered = await finish(await pureRun(questions))
    await expect(compare(answered, [sized(answered, 500_001)])).rejects.toThrow(/the run at \/treatments\/0.* 500000 items/)
  })

  test('for a run that has not ended', async () => {
    const ended = await finish(await pureRun(questions))
    const open = { ...ended, run: { ...ended.run, reportDigest: null, status: 'in_progress' as const } }
    await expect(compare(ended, [open])).rejects.toThrow(/has no report: it is in_progress/)
  })
})
