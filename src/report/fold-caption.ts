/**
 * COCO's caption metrics over the run's selection: one tokenisation, one table of document frequencies.
 * @module
 */
import type { CaptionCriterion } from '../contracts/criterion.ts'
import type { CaptionItem } from '../contracts/item.ts'
import type { CriterionReport, Interval, MetricValue } from '../contracts/report.ts'
import { BLEU_WIDTH, bleuOf, decodeBleu, encodeBleu } from '../metrics/bleu.ts'
import { type CaptionedItem, evaluateCaptions, tokenizeItems } from '../metrics/caption-evaluation.ts'
import { encodeMeteor, METEOR_WIDTH, meteorOf, meteorStatistics, meteorVariant, sumMeteor } from '../metrics/meteor.ts'
import { countDocumentFrequencies } from '../metrics/document-frequencies.ts'
import { tokenizeCaptions } from '../metrics/ptb-tokenizer.ts'
import { clusterBootstrap } from '../statistics/cluster-bootstrap.ts'
import type { MeteorModule } from '../metrics/meteor-aligner.ts'
import { type ClusterStatistic, statisticOfSums } from '../statistics/cluster-statistic.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import { countRows, type FoldInput, type ItemText, scoredRows, textsOf } from './fold-input.ts'

const BLEU_NAMES = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4'] as const
const METEOR_MODULES: Readonly<Record<Exclude<CaptionCriterion['meteor'], 'none'>, readonly MeteorModule[]>> = {
  exact: ['exact'],
  exact_stem: ['exact', 'stem'],
}

export function foldCaption(spec: CaptionCriterion, input: FoldInput): CriterionReport {
  const scored = new Set(scoredRows(input.rows).map(({ ordinal }) => ordinal))
  const texts = textsOf(input, 'caption').toSorted((a, b) => a.item.position - b.item.position)
  const answered = texts.filter(({ ordinal }) => scored.has(ordinal))
  const whole = answered.length === texts.length
  const items = tokenizeItems(
    answered.map(({ item, answer }) => ({ id: item.id, candidate: answer!, references: item.references })),
  )
  // Document frequencies are the planned selection's: an errored image must not change the others' scores.
  const frequencies = whole ? undefined : countDocumentFrequencies(documentsOf(texts))
  const { aggregate, perItem, bleu: statistics } = evaluateCaptions(items, frequencies === undefined ? {} : { frequencies })
  const clusters = answered.map(({ ordinal }) => input.columns.cluster[ordinal]!)

  const bleuRows = statistics.map(encodeBleu)
  const bleu = BLEU_NAMES.map((name, order): MetricValue => {
    const statistic = statisticOfSums(
      clusterRows(clusters, bleuRows, BLEU_WIDTH),
      BLEU_WIDTH,
      (sums) => bleuOf(decodeBleu([...sums]))[order]!,
    )
    return value(
      input,
      name,
      'coco-caption',
      aggregate[name],
      items.length,
      [0, 1],
      bootstrap(spec, input, name, statistic, { low: 0, high: 1 }),
    )
  })
  const rouge = value(
    input,
    'ROUGE_L',
    'coco-caption',
    aggregate.ROUGE_L,
    items.length,
    [0, 1],
    meanInterval(
      perItem.map((scores, index) => ({ cluster: clusters[index]!, value: scores.ROUGE_L })),
      { kind: 'bounded', range: [0, 1], level: input.level, target: 'population' },
    ),
  )
  const ciderRows = perItem.map((scores) => [scores.CIDEr, 1])
  const cider = value(
    input,
    'CIDEr',
    'CIDEr-D',
    aggregate.CIDEr,
    items.length,
    [0, 10],
    bootstrap(
      spec,
      input,
      'CIDEr',
      statisticOfSums(clusterRows(clusters, ciderRows, 2), 2, (sums) => sums[0]! / sums[1]!),
      { low: 0, high: 10 },
    ),
  )
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'CIDEr',
    metrics: [cider, ...bleu, rouge, ...foldMeteor(spec, input, items, clusters)],
    details: { official: input.complete && whole, document_frequencies: 'planned selection', documents: texts.length },
  }
}

/** Nothing where METEOR is left out, as it was before there was a choice. */
function foldMeteor(
  spec: CaptionCriterion,
  input: FoldInput,
  items: readonly CaptionedItem[],
  clusters: readonly number[],
): MetricValue[] {
  const { meteor = 'none' }: Partial<CaptionCriterion> = spec
  if (meteor === 'none') return []
  const modules = METEOR_MODULES[meteor]
  const statistics = items.map(({ candidate, references }) => meteorStatistics(candidate, references, { modules }))
  const rows = clusterRows(clusters, statistics.map(encodeMeteor), METEOR_WIDTH)
  return [
    value(
      input,
      'METEOR',
      meteorVariant({ modules }),
      meteorOf(sumMeteor(statistics)),
      items.length,
      [0, 1],
      bootstrap(spec, input, 'METEOR', statisticOfSums(rows, METEOR_WIDTH, meteorOf), { low: 0, high: 1 }),
    ),
  ]
}

function documentsOf(texts: readonly ItemText<CaptionItem>[]): string[][] {
  const references = tokenizeCaptions(texts.flatMap(({ item }) => item.references))
  let from = 0
  return texts.map(({ item }) => references.slice(from, (from += item.references.length)))
}

/** Sums by cluster, clusters ascending. */
function clusterRows(clusters: readonly number[], rows: readonly (readonly number[])[], width: number): Float64Array {
  const order = [...new Set(clusters)].toSorted((a, b) => a - b)
  const slot = new Map(order.map((cluster, index) => [cluster, index]))
  const sums = new Float64Array(order.length * width)
  rows.forEach((row, index) => {
    const at = slot.get(clusters[index]!)! * width
    for (let k = 0; k < width; k++) sums[at + k]! += row[k]!
  })
  return sums
}

function bootstrap(
  spec: CaptionCriterion,
  { level, seed }: FoldInput,
  metric: string,
  statistic: ClusterStatistic,
  degenerate: { low: number; high: number },
): Interval | null {
  return clusterBootstrap({
    ...statistic,
    method: 'bca',
    level,
    target: 'population',
    seed,
    key: `${spec.name}/${metric}`,
    degenerate,
  })
}

function value(
  input: FoldInput,
  metric: string,
  variant: string,
  mean: number,
  n: number,
  range: [number, number],
  interval: Interval | null,
): MetricValue {
  return {
    metric,
    variant,
    direction: 'higher_is_better',
    range,
    unit: 'score',
    value: n === 0 ? null : mean,
    n,
    ...countRows(input),
    interval,
  }
}
