/**
 * COCO's caption metrics over the run's selection: one tokenisation, one table of document frequencies.
 * @module
 */
import type { CaptionCriterion } from '../../contracts/scorer-spec.ts'
import { Fault } from '../../contracts/failure.ts'
import type { ScorerReport, Interval, MetricValue } from '../../contracts/report.ts'
import type { CaptionItem } from '../../tasks/caption/item.ts'
import { caption } from '../../tasks/caption/task.ts'
import { BLEU_WIDTH, bleuOf, decodeBleu, encodeBleu, unseenBleu } from '../../metrics/bleu.ts'
import { type CaptionedItem, evaluateCaptions, tokenizeItems } from '../../metrics/caption-evaluation.ts'
import {
  encodeMeteor,
  METEOR_WIDTH,
  meteorOf,
  meteorStatistics,
  meteorVariant,
  sumMeteor,
  unseenMeteor,
} from '../../metrics/meteor.ts'
import { countDocumentFrequencies } from '../../metrics/document-frequencies.ts'
import { tokenizeCaptions } from '../../metrics/ptb-tokenizer.ts'
import { boundedCorpusIntervals, type ClusterRows } from '../../statistics/bounded-corpus.ts'
import { FEWEST_OFF_MODE, noted } from '../../statistics/interval.ts'
import type { MeteorModule } from '../../metrics/meteor-aligner.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { countRows, type AggregateInput, type ItemText, scoredRows, textsOf } from '../aggregate-input.ts'

const BLEU_NAMES = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4'] as const
const METEOR_MODULES: Readonly<Record<Exclude<CaptionCriterion['meteor'], 'none'>, readonly MeteorModule[]>> = {
  exact: ['exact'],
  exact_stem: ['exact', 'stem'],
}

export function aggregateCaption(spec: CaptionCriterion, input: AggregateInput): ScorerReport {
  const scored = new Set(scoredRows(input.rows).map(({ ordinal }) => ordinal))
  const texts = textsOf(input, caption).toSorted((a, b) => a.item.position - b.item.position)
  const answered = texts.filter(({ ordinal }) => scored.has(ordinal))
  const whole = answered.length === texts.length
  const items = tokenizeItems(
    answered.map(({ item, answer }) => ({ id: item.id, candidate: answer!, references: item.references })),
  )
  // Document frequencies are the planned selection's: an errored image must not change the others' scores.
  const frequencies = whole ? undefined : countDocumentFrequencies(documentsOf(texts))
  const { aggregate, perItem, bleu: statistics } = evaluateCaptions(items, frequencies === undefined ? {} : { frequencies })
  const clusters = answered.map(({ ordinal }) => input.columns.cluster[ordinal]!)

  const bleuRows = clusterRows(clusters, statistics.map(encodeBleu), BLEU_WIDTH)
  const bleuIntervals = corpusIntervals(
    spec,
    input,
    'BLEU',
    { rows: bleuRows, width: BLEU_WIDTH, size: 0, unseen: unseenBleu },
    BLEU_NAMES.map((_, order) => (sums: Float64Array) => bleuOf(decodeBleu([...sums]))[order]!),
  )
  const bleu = BLEU_NAMES.map((name, order): MetricValue => {
    const interval = bleuIntervals[order]!
    const notes = hasFewMatches(bleuRows, order) ? (['few_matched_ngrams'] as const) : []
    return value(input, name, 'coco-caption', aggregate[name], items.length, [0, 1], interval && noted(interval, notes))
  })
  const mean = (scores: readonly number[], [low, high]: readonly [number, number]) =>
    meanInterval(
      // A caption that equals its reference may pass the range by rounding.
      scores.map((score, index) => ({ cluster: clusters[index]!, value: Math.min(high, Math.max(low, score)) })),
      { kind: 'bounded', range: [low, high], level: input.level, target: 'population' },
    )
  const rouge = value(
    input,
    'ROUGE_L',
    'coco-caption',
    aggregate.ROUGE_L,
    items.length,
    [0, 1],
    mean(
      perItem.map((scores) => scores.ROUGE_L),
      [0, 1],
    ),
  )
  const cider = value(
    input,
    'CIDEr',
    // The official program would take the frequencies of what is scored: with gaps that is another number.
    whole ? 'CIDEr-D' : 'CIDEr-D/planned-frequencies',
    aggregate.CIDEr,
    items.length,
    [0, 10],
    mean(
      perItem.map((scores) => scores.CIDEr),
      [0, 10],
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
  input: AggregateInput,
  items: readonly CaptionedItem[],
  clusters: readonly number[],
): MetricValue[] {
  const { meteor = 'none' }: Partial<CaptionCriterion> = spec
  if (meteor === 'none') return []
  const modules = METEOR_MODULES[meteor]
  const spend = meteorBudget()
  const statistics = items.map(({ candidate, references }) => meteorStatistics(candidate, references, { modules, spend }))
  const rows = clusterRows(clusters, statistics.map(encodeMeteor), METEOR_WIDTH)
  const shape = { rows, width: METEOR_WIDTH, size: 0, unseen: unseenMeteor }
  const [interval] = corpusIntervals(spec, input, 'METEOR', shape, [meteorOf])
  const score = meteorOf(sumMeteor(statistics))
  return [value(input, 'METEOR', meteorVariant({ modules }), score, items.length, [0, 1], interval!)]
}

/**
 * Pairs of words that METEOR's search of a run may look at. 5000 captions of ten words with five references have 200,000; at the worst, long
 * captions of few words, as many as this take a quarter of a minute.
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

function corpusIntervals(
  spec: CaptionCriterion,
  { level, seed }: AggregateInput,
  metric: string,
  rows: ClusterRows,
  values: readonly ((sums: Float64Array) => number)[],
): ReturnType<typeof boundedCorpusIntervals> {
  return boundedCorpusIntervals({ ...rows, level, target: 'population', seed, key: `${spec.name}/${metric}` }, values)
}

/** Whether BLEU of this order (from 0) rests on fewer than ten clusters that match an n-gram of it. */
function hasFewMatches(rows: Float64Array, order: number): boolean {
  let matched = 0
  for (let at = 0; at < rows.length; at += BLEU_WIDTH) if (rows[at + 2 + BLEU_NAMES.length + order]! > 0) matched++
  return matched < FEWEST_OFF_MODE
}

function value(
  input: AggregateInput,
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
