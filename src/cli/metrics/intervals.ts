/**
 * Values with counts and intervals, as in a run's report, from the scored items of a terminal task.
 * @module
 */
import type { CaptionItem } from '../../tasks/caption/item.ts'
import type { MetricValue } from '../../contracts/report.ts'
import type { CaptionedItem } from '../../metrics/caption-evaluation.ts'
import { consistencyGroup, imageSet } from '../../contracts/nlvr2-identifier.ts'
import type { Nlvr2Row } from '../../metrics/nlvr2.ts'
import type { VqaRow, VqaScorer } from '../../metrics/vqa-accuracy.ts'
import { aggregateCaption } from '../../scorers/caption/aggregate.ts'
import type { AggregateInput } from '../../scorers/aggregate-input.ts'
import { CONSISTENCY_GROUP, aggregateNlvr2 } from '../../scorers/nlvr2/aggregate.ts'
import { aggregateVqaAccuracy } from '../../scorers/vqa-accuracy/aggregate.ts'

const SETTINGS = { seed: 0, level: 0.95, embeddings: [], outputs: [] } as const

export function vqaMetrics(rows: readonly (VqaRow & { readonly image_id: string })[], scorer: VqaScorer): MetricValue[] {
  const images = columnOf(rows.map(({ image_id }) => image_id))
  const strata = [
    { name: 'answer_type', ...columnOf(rows.map(({ answer_type }) => answer_type)) },
    { name: 'question_type', ...columnOf(rows.map(({ question_type }) => question_type)) },
  ]
  return aggregateVqaAccuracy(
    { type: 'vqa_accuracy', name: 'vqa_accuracy', scorer, pass_threshold: 0.5 },
    inputOf(
      rows.map(({ accuracy }) => ({ scored: true, value: accuracy })),
      images,
      strata,
      rows.length,
    ),
  ).metrics
}

export function nlvr2Metrics(rows: readonly (Nlvr2Row & { readonly readable: boolean })[]): MetricValue[] {
  const sets = columnOf(rows.map(({ identifier }) => imageSet(identifier)))
  const groups = { name: CONSISTENCY_GROUP, ...columnOf(rows.map(({ identifier }) => consistencyGroup(identifier))) }
  return aggregateNlvr2(
    { type: 'nlvr2', name: 'nlvr2' },
    inputOf(
      rows.map(({ correct, readable }) => ({ scored: readable, value: Number(correct) })),
      sets,
      [groups],
      rows.length,
    ),
  ).metrics
}

/**
 * @param items - raw captions in annotation order. Document frequencies come from these alone, as in the
 *   official code.
 * @param annotated - number of images with references
 */
export function captionMetrics(items: readonly CaptionedItem[], annotated: number, meteor: boolean): MetricValue[] {
  const input = inputOf(
    items.map(() => ({ scored: true, value: 1 })),
    columnOf(items.map(({ id }) => id)),
    [],
    annotated,
  )
  const outputs = items.map(({ id, candidate, references }, ordinal) => {
    const item: CaptionItem = { task: 'caption', id, cluster: id, image: null, position: ordinal, references: [...references] }
    return { ordinal, item, output: { kind: 'text', text: candidate } as const }
  })
  return aggregateCaption({ type: 'caption', name: 'caption', meteor: meteor ? 'exact_stem' : 'none' }, { ...input, outputs })
    .metrics
}

interface Column {
  /** The distinct values, ascending. */
  readonly values: readonly string[]
  readonly codes: Uint32Array
}

function columnOf(labels: readonly string[]): Column {
  const values = [...new Set(labels)].toSorted()
  const codeOf = new Map(values.map((value, code) => [value, code]))
  return { values, codes: Uint32Array.from(labels, (label) => codeOf.get(label)!) }
}

function inputOf(
  rows: readonly { readonly scored: boolean; readonly value: number }[],
  clusters: Column,
  strata: readonly (Column & { readonly name: string })[],
  items: number,
): AggregateInput {
  return {
    ...SETTINGS,
    rows: rows.map(({ scored, value }, ordinal) => ({
      ordinal,
      cluster: clusters.codes[ordinal]!,
      status: scored ? 'scored' : 'unscored',
      stats: [scored ? value : 0],
    })),
    version: { digest: '', items, strata: strata.map(({ name, values }) => ({ name, values })) },
    columns: { cluster: clusters.codes, strata: strata.map(({ codes }) => Uint16Array.from(codes)) },
    complete: rows.length === items,
  }
}
