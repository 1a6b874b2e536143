/**
 * Official files through the engine's own steps (import, results, scoring by shards, report) give the
 * official numbers, for every layout.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { taskRegistry } from '../../src/tasks/registry.ts'
import { prepareTexts } from '../support/official-files.ts'
import { canonicalJson } from '../../src/contracts/canonical-json.ts'
import type { ScorerSpec } from '../../src/contracts/scorer-spec.ts'
import { outputOf } from '../../src/runs/kept-output.ts'
import type { ScorerReport } from '../../src/contracts/report.ts'
import type { RunSpec } from '../../src/contracts/run.ts'
import { decodeRows, encodeRows } from '../../src/contracts/sample-row.ts'
import { rowWidths, SCORERS } from '../../src/scorers/registry.ts'
import { createRecordedResults } from '../../src/models/recorded/recorded-model.ts'
import { buildReport } from '../../src/scorers/build-report.ts'
import { scoreItems } from '../../src/runs/score-items.ts'
import { layOut } from '../../src/runs/plan.ts'
import { goldenSources } from '../unit/metrics/golden.ts'

interface Evaluation {
  readonly format: string
  readonly files: Readonly<Record<string, string>>
  readonly split?: string
  readonly results: string
  readonly criterion: unknown
  /** The stored criterion, from before it had defaults. */
  readonly stored?: boolean
}

async function evaluate(
  { format, files, split, results, criterion, stored }: Evaluation,
  shardSize: number,
): Promise<ScorerReport> {
  const { version } = await prepareTexts({ tenant: 't', name: format, format, split, files, images: [] })
  const criteria: ScorerSpec[] = [stored === true ? (criterion as ScorerSpec) : SCORERS.spec.parse(criterion)]
  const scorers = SCORERS.bindAll(criteria)
  const answers = taskRegistry.format(format).readResults!(
    results,
    version.orderedItems.map(({ id }) => id),
    version.source,
  )
  const model = createRecordedResults({ type: 'results', name: 'golden', results_digest: '' }, (id) => answers.get(id))
  const shards = await Promise.all(
    layOut(version.items, shardSize).map(({ first, end }) =>
      scoreItems(
        version.orderedItems
          .slice(first, end)
          .map((item, index) => ({ ordinal: first + index, cluster: version.columns.cluster[first + index]!, item })),
        scorers,
        model,
      ),
    ),
  )
  const widths = rowWidths(scorers)
  const spec: RunSpec = {
    schema: 'assay.run-spec/1',
    dataset: { digest: version.digest, task: version.task, items: version.items },
    selection: { count: version.items },
    criteria,
    subject: { type: 'results', name: 'golden', results_digest: '' },
    seed: 0,
    level: 0.95,
  }
  const report = buildReport({
    spec,
    specDigest: '',
    scorers,
    version,
    columns: version.columns,
    rows: shards.flatMap(({ rows }) => decodeRows(encodeRows(rows, widths), widths)),
    proxy: null,
    embeddings: [],
    outputs: version.orderedItems.map((item, ordinal) => ({
      ordinal,
      item,
      output: outputOf(scorers[0]!.requires, answers.get(item.id) ?? null),
    })),
  })
  return report.criteria[0]!
}

/** The whole-selection metrics by name. */
function valuesOf({ metrics }: ScorerReport): Record<string, number | null> {
  return Object.fromEntries(metrics.filter(({ slice }) => slice === undefined).map(({ metric, value }) => [metric, value]))
}

function expectIntervals({ metrics }: ScorerReport): void {
  for (const { metric, value, interval } of metrics) {
    expect(interval, metric).not.toBeNull()
    if (value === null) continue
    expect(interval!.low, metric).toBeLessThanOrEqual(value)
    expect(interval!.high, metric).toBeGreaterThanOrEqual(value)
  }
}

describe.each(goldenSources('coco-captions'))('COCO captions: $name', ({ json, text }) => {
  const documents = json('coco-captions/results.json').length
  const evaluation = (): Evaluation => ({
    format: 'coco-captions',
    files: { annotations: text('coco-captions/annotations.json') },
    results: text('coco-captions/results.json'),
    criterion: { type: 'caption', name: 'captions' },
  })

  /**
   * Uses the first images only, where no official number is needed: four evaluations of all images took three
   * seconds.
   */
  const few = (count: number): Evaluation => {
    const whole = evaluation()
    const { images, annotations, ...rest } = JSON.parse(whole.files['annotations']!)
    const kept = images.slice(0, count)
    const ids = new Set(kept.map(({ id }: { id: number }) => id))
    const ofThem = (rows: { image_id: number }[]) => rows.filter(({ image_id }) => ids.has(image_id))
    return {
      ...whole,
      files: { annotations: JSON.stringify({ ...rest, images: kept, annotations: ofThem(annotations) }) },
      results: JSON.stringify(ofThem(JSON.parse(whole.results))),
    }
  }

  it('equal pycocoevalcap', async () => {
    const report = await evaluate(evaluation(), 64)
    const { Bleu_1, Bleu_2, Bleu_3, Bleu_4, ROUGE_L, CIDEr } = json('coco-captions/expected.json').aggregate
    for (const [name, expected] of Object.entries({ Bleu_1, Bleu_2, Bleu_3, Bleu_4, ROUGE_L, CIDEr }))
      expect(Math.abs(valuesOf(report)[name]! / (expected as number) - 1), name).toBeLessThan(1e-9)
    expectIntervals(report)
    expect(report.details).toMatchObject({ official: true, documents })
  })

  it('are the same bytes on any layout', async () => {
    const report = await evaluate(few(100), 64)
    expect(report.details).toMatchObject({ documents: 100 })
    expect(canonicalJson(await evaluate(few(100), 7))).toBe(canonicalJson(report))
  })

  it.each(['exact', 'exact_stem'] as const)('METEOR with the modules %s equals METEOR 1.5', async (meteor) => {
    const whole = evaluation()
    const report = await evaluate({ ...whole, criterion: { ...(whole.criterion as object), meteor } }, 100)
    const variant = `METEOR_noparaphrase:${meteor}`
    const found = report.metrics.find(({ metric }) => metric === 'METEOR')
    expect(found).toMatchObject({ variant, n: documents, interval: { method: 'bounded-bayesian-bootstrap' } })
    expect(Math.abs(found!.value! / json('coco-captions/expected.json').aggregate[variant] - 1)).toBeLessThan(1e-9)
    const { low, high } = found!.interval!
    expect(high - low).toBeGreaterThan(0.005)
    expect(high - low).toBeLessThan(documents === 1000 ? 0.02 : 0.06)
  })

  it('METEOR can be left out, and is absent from evals older than it', async () => {
    const some = few(100)
    const criterion = some.criterion as object
    const without = await evaluate({ ...some, criterion: { ...criterion, meteor: 'none' } }, 50)
    expect(without.metrics.map(({ metric }) => metric)).toEqual(['CIDEr', 'Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L'])
    expect(canonicalJson(await evaluate({ ...some, criterion, stored: true }, 50))).toBe(canonicalJson(without))
  })

  it('say so when captions are missing, and keep the document frequencies of the plan', async () => {
    const some = few(100)
    const half = JSON.parse(some.results).slice(0, 50)
    const report = await evaluate({ ...some, results: JSON.stringify(half) }, 20)
    expect(report.details).toMatchObject({ official: false, documents: 100 })
    expect(report.metrics[0]).toMatchObject({ metric: 'CIDEr', n: 50, unscored: 50, errored: 0 })
  })
})

describe.each(goldenSources('msvd'))('MSVD captions: $name', ({ json, text }) => {
  it('equal the official code', async () => {
    const report = await evaluate(
      {
        format: 'msvd-captions',
        files: { annotations: text('msvd/sentences.txt') },
        results: text('msvd/results.json'),
        criterion: { type: 'caption', name: 'captions' },
      },
      16,
    )
    const { Bleu_4, ROUGE_L, CIDEr } = json('msvd/expected.json').aggregate
    for (const [name, expected] of Object.entries({ Bleu_4, ROUGE_L, CIDEr }))
      expect(Math.abs(valuesOf(report)[name]! / (expected as number) - 1), name).toBeLessThan(1e-9)
    expectIntervals(report)
  })
})

describe.each(goldenSources('nlvr2'))('NLVR2: $name', ({ json, text }) => {
  const expected = json('nlvr2/expected.json')

  it('equals metrics.py', async () => {
    const evaluation: Evaluation = {
      format: 'nlvr2',
      files: { annotations: text('nlvr2/examples.json') },
      results: text('nlvr2/predictions.csv'),
      criterion: { type: 'nlvr2', name: 'nlvr2' },
    }
    const report = await evaluate(evaluation, 50)
    expect(valuesOf(report)).toEqual(expected['metrics.py'])
    expect(report.metrics.map(({ n }) => n)).toEqual([expected.n_examples, expected.n_consistency_groups])
    expectIntervals(report)
    expect(canonicalJson(await evaluate(evaluation, 1))).toBe(canonicalJson(report))
  })
})

describe.each(goldenSources('coin'))('COIN: $name', ({ name, json, text }) => {
  it('equals evaluate.py', async () => {
    const report = await evaluate(
      {
        format: 'coin',
        // The public slice belongs to one subset.
        ...(name === 'official' ? {} : { split: 'testing' }),
        files: { annotations: text('coin/annotations.json') },
        results: text('coin/results.json'),
        criterion: { type: 'step_localization', name: 'coin' },
      },
      20,
    )
    const { tIoU, average, miou } = json('coin/expected.json')['with_nms_0.6_top60']
    const values = valuesOf(report)
    for (const [name, expected] of Object.entries({
      'mAP@0.5': tIoU['0.5'].mAP_over_778,
      'mAP@avg': average.mAP_over_778,
      mIoU: miou,
    }))
      expect(Math.abs(values[name]! / (expected as number) - 1), name).toBeLessThan(1e-9)
    expectIntervals(report)
  })
})
