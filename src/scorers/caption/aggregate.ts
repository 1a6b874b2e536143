/**
 * COCO's caption metrics over the run's selection: one tokenisation, one table of document frequencies.
 * @module
 */
import type { Interval, MetricValue, ScorerReport } from '../../contracts/report.ts'
import { BLEU_WIDTH, bleuOf, type BleuStatistics, decodeBleu, encodeBleu, sumBleu, unseenBleu } from '../../metrics/bleu.ts'
import type { CaptionedItem } from '../../metrics/caption-evaluation.ts'
import { encodeMeteor, METEOR_WIDTH, meteorOf, sumMeteor, unseenMeteor } from '../../metrics/meteor.ts'
import { boundedCorpusIntervals, type ClusterRows } from '../../statistics/bounded-corpus.ts'
import { FEWEST_OFF_MODE, noted } from '../../statistics/interval.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { metricValue, type Statistic } from '../statistic.ts'
import { type CaptionInput, clusterRows, evaluate, meteorOfItems } from './evaluation.ts'
import type { CaptionSpec } from './spec.ts'
import { BLEU, CIDER, METEOR_MODULES, meteorStatistic, ROUGE_L } from './statistics.ts'

export function aggregateCaption(spec: CaptionSpec, input: CaptionInput): ScorerReport {
  const { items, clusters, documents, isWhole, aggregate, perItem, bleu } = evaluate(input)
  const ofMean = (statistic: Statistic, mean: number, scores: readonly number[], variant = statistic.variant) =>
    valueOf(statistic, input, items, mean, intervalOfMean(statistic, input, clusters, scores), variant)
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: CIDER.metric,
    metrics: [
      ofMean(
        CIDER,
        aggregate.CIDEr,
        perItem.map((scores) => scores.CIDEr),
        // The official program would take the frequencies of the scored captions. With gaps that is another
        // number.
        isWhole ? CIDER.variant : 'CIDEr-D/planned-frequencies',
      ),
      ...bleuValues(spec, input, items, clusters, bleu),
      ofMean(
        ROUGE_L,
        aggregate.ROUGE_L,
        perItem.map((scores) => scores.ROUGE_L),
      ),
      ...meteorValues(spec, input, items, clusters),
    ],
    details: {
      official: input.complete && isWhole,
      document_frequencies: 'planned selection',
      documents,
    },
  }
}

function bleuValues(
  spec: CaptionSpec,
  input: CaptionInput,
  items: readonly CaptionedItem[],
  clusters: readonly number[],
  statistics: readonly BleuStatistics[],
): MetricValue[] {
  const rows = clusterRows(clusters, statistics.map(encodeBleu), BLEU_WIDTH)
  const intervals = corpusIntervals(
    spec,
    input,
    'BLEU',
    { rows, width: BLEU_WIDTH, size: 0, unseen: unseenBleu },
    BLEU.map((_, order) => (sums: Float64Array) => bleuOf(decodeBleu([...sums]))[order]!),
  )
  const corpus = bleuOf(sumBleu(statistics))
  return BLEU.map((statistic, order) => {
    const interval = intervals[order]!
    const notes = hasFewMatches(rows, order) ? (['few_matched_ngrams'] as const) : []
    return valueOf(statistic, input, items, corpus[order]!, interval && noted(interval, notes))
  })
}

function meteorValues(
  spec: CaptionSpec,
  input: CaptionInput,
  items: readonly CaptionedItem[],
  clusters: readonly number[],
): MetricValue[] {
  if (spec.meteor === 'none') return []
  const modules = METEOR_MODULES[spec.meteor]
  const statistics = meteorOfItems(items, modules)
  const rows = clusterRows(clusters, statistics.map(encodeMeteor), METEOR_WIDTH)
  const shape = { rows, width: METEOR_WIDTH, size: 0, unseen: unseenMeteor }
  const [interval] = corpusIntervals(spec, input, 'METEOR', shape, [meteorOf])
  return [valueOf(meteorStatistic(modules), input, items, meteorOf(sumMeteor(statistics)), interval!)]
}

function corpusIntervals(
  spec: CaptionSpec,
  { level, seed }: CaptionInput,
  metric: string,
  rows: ClusterRows,
  values: readonly ((sums: Float64Array) => number)[],
): ReturnType<typeof boundedCorpusIntervals> {
  return boundedCorpusIntervals({ ...rows, level, target: 'population', seed, key: `${spec.name}/${metric}` }, values)
}

function intervalOfMean(
  { range: [low, high] }: Statistic,
  { level }: CaptionInput,
  clusters: readonly number[],
  scores: readonly number[],
): Interval | null {
  return meanInterval(
    // A caption that equals its reference may pass the range by rounding.
    scores.map((score, index) => ({ cluster: clusters[index]!, value: Math.min(high!, Math.max(low!, score)) })),
    { kind: 'bounded', range: [low, high], level, target: 'population' },
  )
}

/** Whether BLEU of this order (from 0) rests on fewer than ten clusters that match an n-gram of it. */
function hasFewMatches(rows: Float64Array, order: number): boolean {
  let matched = 0
  for (let at = 0; at < rows.length; at += BLEU_WIDTH) if (rows[at + 2 + BLEU.length + order]! > 0) matched++
  return matched < FEWEST_OFF_MODE
}

function valueOf(
  statistic: Statistic,
  input: CaptionInput,
  items: readonly CaptionedItem[],
  value: number,
  interval: Interval | null,
  variant = statistic.variant,
): MetricValue {
  return metricValue(statistic, input, { variant, value: items.length === 0 ? null : value, n: items.length, interval })
}
