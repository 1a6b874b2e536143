/**
 * COCO's caption metrics over the run's selection: one tokenisation, one table of document frequencies.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import type { CaptionItem } from '../../tasks/caption/item.ts'
import type { Interval, MetricValue, ScorerReport } from '../../contracts/report.ts'
import { BLEU_WIDTH, bleuOf, type BleuStatistics, decodeBleu, encodeBleu, sumBleu, unseenBleu } from '../../metrics/bleu.ts'
import { type CaptionedItem, evaluateCaptions, tokenizeItems } from '../../metrics/caption-evaluation.ts'
import { countDocumentFrequencies } from '../../metrics/document-frequencies.ts'
import { encodeMeteor, METEOR_WIDTH, meteorOf, meteorStatistics, sumMeteor, unseenMeteor } from '../../metrics/meteor.ts'
import { tokenizeCaptions } from '../../metrics/ptb-tokenizer.ts'
import { boundedCorpusIntervals, type ClusterRows } from '../../statistics/bounded-corpus.ts'
import { FEWEST_OFF_MODE, noted } from '../../statistics/interval.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { type AggregateInput, type ItemOutput, scoredRows } from '../aggregate-input.ts'
import { metricValue, type Statistic } from '../statistic.ts'
import type { CaptionSpec } from './spec.ts'
import { BLEU, CIDER, METEOR_MODULES, meteorStatistic, ROUGE_L } from './statistics.ts'

type CaptionInput = AggregateInput<CaptionItem, 'text'>

export function aggregateCaption(spec: CaptionSpec, input: CaptionInput): ScorerReport {
  const scored = new Set(scoredRows(input.rows).map(({ ordinal }) => ordinal))
  const captioned = input.outputs.toSorted((a, b) => a.item.position - b.item.position)
  const answered = captioned.filter(({ ordinal }) => scored.has(ordinal))
  const isWhole = answered.length === captioned.length
  const items = tokenizeItems(
    answered.map(({ item, output }) => ({ id: item.id, candidate: output!.text!, references: item.references })),
  )
  // Document frequencies are the planned selection's: an errored image must not change the others' scores.
  const frequencies = isWhole ? {} : { frequencies: countDocumentFrequencies(documentsOf(captioned)) }
  const { aggregate, perItem, bleu } = evaluateCaptions(items, frequencies)
  const clusters = answered.map(({ ordinal }) => input.columns.cluster[ordinal]!)
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
      documents: captioned.length,
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
  const spend = meteorBudget()
  const statistics = items.map(({ candidate, references }) => meteorStatistics(candidate, references, { modules, spend }))
  const rows = clusterRows(clusters, statistics.map(encodeMeteor), METEOR_WIDTH)
  const shape = { rows, width: METEOR_WIDTH, size: 0, unseen: unseenMeteor }
  const [interval] = corpusIntervals(spec, input, 'METEOR', shape, [meteorOf])
  return [valueOf(meteorStatistic(modules), input, items, meteorOf(sumMeteor(statistics)), interval!)]
}

/**
 * Pairs of words that METEOR's search of a run may look at. 5000 captions of ten words with five references
 * have 200,000. At the worst, with long captions of few words, as many as this take a quarter of a minute.
 * @internal
 */
export const MOST_METEOR_MATCHES = 50_000_000

/** @throws {Fault} `too_large` once a run has spent it. */
function meteorBudget(): (matches: number) => void {
  let spent = 0
  return (matches) => {
    spent += matches
    if (spent > MOST_METEOR_MATCHES)
      throw new Fault({
        kind: 'too_large',
        what: 'the alignment of long, repetitive captions for METEOR (a caption criterion with meteor "none" does without)',
        limit: MOST_METEOR_MATCHES,
        unit: 'pairs of matching words',
      })
  }
}

function documentsOf(captioned: readonly ItemOutput<CaptionItem>[]): string[][] {
  const references = tokenizeCaptions(captioned.flatMap(({ item }) => item.references))
  let from = 0
  return captioned.map(({ item }) => references.slice(from, (from += item.references.length)))
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
