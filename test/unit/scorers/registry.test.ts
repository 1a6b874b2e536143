/** Every registered scorer is complete, and another scorer needs only its own declaration. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Model } from '../../../src/contracts/model.ts'
import { decodeRows, encodeRows } from '../../../src/contracts/sample-row.ts'
import { scorerName } from '../../../src/contracts/scorer-spec.ts'
import { METRICS } from '../../../src/metrics/catalogue.ts'
import { planRun } from '../../../src/runs/plan.ts'
import { scoreItems } from '../../../src/runs/score-items.ts'
import type { AggregateInput } from '../../../src/scorers/aggregate-input.ts'
import { buildReport } from '../../../src/scorers/build-report.ts'
import { itemsUsed, looksOf } from '../../../src/scorers/items-used.ts'
import { createScorerRegistry, rowWidths, SCORERS } from '../../../src/scorers/registry.ts'
import { defineScorer } from '../../../src/scorers/scorer.ts'
import { listedMetrics, measure, type Statistic } from '../../../src/scorers/statistic.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { TASKS } from '../../../src/tasks/registry.ts'
import { vqa } from '../../../src/tasks/vqa/task.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

/** A dataset of no items, with the labels that scorers break values down by. */
const NOTHING: AggregateInput = {
  rows: [],
  version: {
    digest: 'd',
    items: 0,
    strata: ['answer_type', 'question_type', 'consistency_group'].map((name) => ({ name, values: [] })),
  },
  columns: { cluster: new Uint32Array(), strata: [new Uint16Array(), new Uint16Array(), new Uint16Array()] },
  embeddings: [],
  outputs: [],
  seed: 0,
  level: 0.95,
  complete: true,
}

/** Parameters that a scorer needs. */
const PARAMETERS: Readonly<Record<string, object>> = {
  string_check: { input: '{{sample.output_text}}', reference: '{{item.answer}}', operation: 'eq' },
  text_similarity: {
    input: '{{sample.output_text}}',
    reference: '{{item.answer}}',
    evaluation_metric: 'bleu',
    pass_threshold: 0.5,
  },
  label_model: { model: 'gpu/m', input: 'Is it {{item.a}}?', labels: ['yes', 'no'], passing_labels: ['yes'] },
  score_model: { model: 'gpu/m', input: 'Is it {{item.a}}?' },
}

describe.each(SCORERS.scorers)('scorer $type', (scorer) => {
  const bound = SCORERS.bind(SCORERS.spec.parse({ type: scorer.type, name: 'mine', ...PARAMETERS[scorer.type] }))

  test('reports its declared statistics, the first listed one as primary', () => {
    const report = bound.aggregate(NOTHING)
    const named = ({ metric, variant }: { metric: string; variant: string }) => `${metric} ${variant}`
    expect(report).toMatchObject({ name: 'mine', type: scorer.type, primary_metric: listedMetrics(bound.statistics)[0] })
    expect(report.metrics.map(named)).toEqual(bound.statistics.map(named))
    for (const [index, { direction, range, unit }] of bound.statistics.entries())
      expect(report.metrics[index]).toMatchObject({ direction, range, unit, value: null, n: 0, interval: null })
  })

  test('declares values over columns that rows have', () => {
    const columns = bound.statistics.flatMap(({ value }) => {
      if (value === 'from_outputs') return []
      return value.kind === 'mean' ? [value.column] : [value.of, value.per]
    })
    expect(columns.filter((column) => scorer.columns[column] === undefined)).toEqual([])
    expect(new Set(scorer.columns).size).toBe(scorer.columns.length)
    const needsOutputs = bound.statistics.some(({ value, isListed }) => isListed && value === 'from_outputs')
    expect(scorer.keepsOutputs, 'a value from outputs needs them kept').toBe(needsOutputs)
  })

  test('names definitions that the catalogue of metrics has', () => {
    const definitions = bound.statistics.flatMap(({ definition }) => definition ?? [])
    expect(definitions.filter((definition) => !METRICS.includes(definition))).toEqual([])
  })

  test('scores items of tasks that exist, and no others', async () => {
    const ids = new Set<string>(TASKS.map(({ id }) => id))
    if (scorer.tasks === 'any') return
    expect(scorer.tasks.filter((task) => !ids.has(task))).toEqual([])
    const item = { task: 'another', id: 'a', cluster: 'a' }
    await expect(bound.score({ item, output: { kind: 'score', score: 1 } })).rejects.toThrow('does not score another items')
  })
})

test('a specification of another type, or with a parameter that its scorer lacks, is not bound', () => {
  expect(() => SCORERS.bind({ type: 'none', name: 'a' })).toThrow('there is no scorer of type none')
  expect(() => SCORERS.bind({ type: 'retrieval', name: 'a', depth: 3 })).toThrow('not a specification of scorer retrieval')
  expect(() => createScorerRegistry([...SCORERS.scorers, SCORERS.scorers[0]])).toThrow('same type')
})

test('a caption criterion that was stored before METEOR had a choice has none', () => {
  expect(SCORERS.bind({ type: 'caption', name: 'a' }).statistics.map(({ metric }) => metric)).not.toContain('METEOR')
  expect(SCORERS.spec.parse({ type: 'caption', name: 'a' })).toMatchObject({ meteor: 'exact_stem' })
})

describe('a scorer that is added to the registry', () => {
  const EXACT: Statistic = {
    metric: 'exact_match',
    variant: 'first-answer',
    direction: 'higher_is_better',
    range: [0, 1],
    unit: 'fraction',
    definition: null,
    isListed: true,
    value: { kind: 'mean', column: 0, range: [0, 1], data: 'binary' },
  }
  const exactMatch = defineScorer({
    spec: z.strictObject({ type: z.literal('exact_match'), name: scorerName, lower_case: z.boolean().default(false) }),
    tasks: [vqa],
    requires: 'text',
    columns: ['match'],
    statistics: () => [EXACT],
    score: async ({ spec, item, output }) => {
      if (output.text === null) return { status: 'unscored', reason: 'no answer' }
      const match = (spec.lower_case ? output.text.toLowerCase() : output.text) === item.answers[0]
      return { status: 'scored', stats: [match ? 1 : 0], score: match ? 1 : 0 }
    },
    passes: (_spec, [match]) => match === 1,
    aggregate: ({ name, type }, input) => ({
      name,
      type,
      primary_metric: EXACT.metric,
      metrics: [measure(EXACT, input)],
    }),
  })
  const registry = createScorerRegistry([...SCORERS.scorers, exactMatch])
  const ITEMS = 1500
  const spec = registry.spec.parse({ type: 'exact_match', name: 'exact', lower_case: true })
  const scorers = registry.bindAll([VQA, spec])

  const random = new CounterRandom(9, 'toy').startReplicate(0)
  const isWrong = Array.from({ length: ITEMS }, () => random.uniform() < 0.1)
  const wrong = isWrong.filter((_, ordinal) => isWrong[ordinal] && ordinal !== 7).length

  /** Answers in capitals, about one in ten wrong; no answer to item 7. */
  const model: Model = {
    identity: { type: 'results', name: 'toy', results_digest: '' },
    concurrency: 3,
    supports: (_task, output) => output === 'text' || 'it answers in text',
    run: async ({ item }) => {
      const ordinal = Number(item.id.slice('item '.length))
      const { answers } = vqa.item.parse(item)
      const text = ordinal === 7 ? null : isWrong[ordinal]! ? 'WRONG' : answers[0]!.toUpperCase()
      return { output: { kind: 'text', text }, calls: 1 }
    },
  }

  async function run() {
    const { version, columns, items } = await pureRun({ seed: 4, task: 'vqa', items: ITEMS, criteria: [VQA] })
    const stopping = { criterion: 'exact', first_look: 100, half_width: 0.05 }
    const planned = await planRun({ dataset: version, scorers, model, seed: 1, level: 0.95, stopping })
    const scored = await scoreItems(
      items.map((item, ordinal) => ({ ordinal, cluster: columns.cluster[ordinal]!, item })),
      scorers,
      model,
    )
    const widths = rowWidths(scorers)
    return { planned, version, columns, scored, rows: decodeRows(encodeRows(scored.rows, widths), widths) }
  }

  test('is planned, scored, stopped early and reported like any other', async () => {
    const { planned, version, columns, scored, rows } = await run()
    expect(planned.spec.criteria).toEqual([VQA, { type: 'exact_match', name: 'exact', lower_case: true }])
    expect(scored.tally.per_criterion[1]).toEqual({ passed: ITEMS - wrong - 1, failed: wrong, errored: 1 })

    const used = itemsUsed(planned.spec, scorers, rows, null)!
    expect(looksOf(planned.spec)).toContain(used.count)
    expect(used.count).toBeLessThan(ITEMS)
    expect(used.stop).toMatchObject({ tau: used.count, isRuleMet: true })

    const kept = rows.slice(0, used.count)
    const { spec: runSpec, specDigest } = planned
    const report = buildReport({
      spec: runSpec,
      specDigest,
      scorers,
      version,
      columns,
      rows: kept,
      proxy: null,
      embeddings: [],
      outputs: [],
    })
    const right = kept.filter(({ outcomes }) => outcomes[1]!.stats[0] === 1).length
    expect(report.criteria[1]).toMatchObject({
      name: 'exact',
      primary_metric: 'exact_match',
      metrics: [{ value: right / (used.count - 1), n: used.count - 1, unscored: 1, missing: ITEMS - used.count }],
    })
    expect(report.criteria[1]!.metrics[0]!.interval).toMatchObject({ method: 'confidence-sequence', ...used.stop!.bounds })
  })

  test('gives the scores that a prediction-powered estimate needs', async () => {
    const { version, columns, rows } = await run()
    const gold = 300
    const { spec: runSpec, specDigest } = await planRun({
      dataset: version,
      scorers,
      model,
      seed: 1,
      level: 0.95,
      predictionPowered: {
        criterion: 'exact',
        gold,
        proxy: { report_digest: 'r', criterion: 'c', scores_digest: 's', unscored: 0 },
      },
    })
    const proxy = Float64Array.from(rows, (_row, ordinal) => (isWrong[ordinal]! ? 0.1 : 0.9))
    const answered = rows.slice(0, gold).map((row) => (row.ordinal === 7 ? rows[8]! : row))
    const { prediction_powered: estimate } = buildReport({
      spec: runSpec,
      specDigest,
      scorers,
      version,
      columns,
      rows: answered.map((row, ordinal) => ({ ...row, ordinal })),
      proxy,
      embeddings: [],
      outputs: [],
    })
    expect(estimate).toMatchObject({
      criterion: 'exact',
      gold,
      estimate: { metric: 'exact_match', variant: 'first-answer/ppi++' },
    })
    expect(estimate!.estimate.interval!.low).toBeLessThan(1 - wrong / ITEMS)
    expect(estimate!.estimate.interval!.high).toBeGreaterThan(1 - wrong / ITEMS)
  })

  test('is refused with its name where the model gives another output', async () => {
    const { version } = await pureRun({ seed: 4, task: 'vqa', items: 10, criteria: [VQA] })
    const supports = () => 'it embeds only'
    const plan = planRun({
      dataset: version,
      scorers: registry.bindAll([spec]),
      model: { ...model, supports },
      seed: 1,
      level: 0.95,
    })
    await expect(plan).rejects.toThrow('criterion exact_match needs text: it embeds only')
  })
})
