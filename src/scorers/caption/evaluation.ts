/**
 * A run's captions, tokenized and scored once, for the report and for comparisons.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import type { BleuStatistics } from '../../metrics/bleu.ts'
import { type CaptionedItem, evaluateCaptions, tokenizeItems } from '../../metrics/caption-evaluation.ts'
import { countDocumentFrequencies } from '../../metrics/document-frequencies.ts'
import { type MeteorStatistics, meteorStatistics } from '../../metrics/meteor.ts'
import type { MeteorModule } from '../../metrics/meteor-aligner.ts'
import { tokenizeCaptions } from '../../metrics/ptb-tokenizer.ts'
import type { CaptionItem } from '../../tasks/caption/item.ts'
import { type AggregateInput, type ItemOutput, scoredRows } from '../aggregate-input.ts'

export type CaptionInput = AggregateInput<CaptionItem, 'text'>

export interface CaptionEvaluation {
  /** Scored items in the order of the official file. */
  readonly answered: readonly ItemOutput<CaptionItem>[]
  /** Tokenized, one per answered item. */
  readonly items: readonly CaptionedItem[]
  /** One per answered item. */
  readonly clusters: readonly number[]
  /** Number of captioned items of the selection. */
  readonly documents: number
  /** Whether every item of the selection is answered. */
  readonly isWhole: boolean
  readonly aggregate: { readonly CIDEr: number; readonly ROUGE_L: number }
  readonly perItem: readonly { readonly CIDEr: number; readonly ROUGE_L: number }[]
  readonly bleu: readonly BleuStatistics[]
}

export function evaluate(input: CaptionInput): CaptionEvaluation {
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
  return { answered, items, clusters, documents: captioned.length, isWhole, aggregate, perItem, bleu }
}

/** METEOR's statistics, one per item. @throws {Fault} `too_large` for captions that take too long to align */
export function meteorOfItems(items: readonly CaptionedItem[], modules: readonly MeteorModule[]): MeteorStatistics[] {
  const spend = meteorBudget()
  return items.map(({ candidate, references }) => meteorStatistics(candidate, references, { modules, spend }))
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

/** Sums by cluster, clusters ascending. */
export function clusterRows(clusters: readonly number[], rows: readonly (readonly number[])[], width: number): Float64Array {
  const order = [...new Set(clusters)].toSorted((a, b) => a - b)
  const slot = new Map(order.map((cluster, index) => [cluster, index]))
  const sums = new Float64Array(order.length * width)
  rows.forEach((row, index) => {
    const at = slot.get(clusters[index]!)! * width
    for (let k = 0; k < width; k++) sums[at + k]! += row[k]!
  })
  return sums
}

function documentsOf(captioned: readonly ItemOutput<CaptionItem>[]): string[][] {
  const references = tokenizeCaptions(captioned.flatMap(({ item }) => item.references))
  let from = 0
  return captioned.map(({ item }) => references.slice(from, (from += item.references.length)))
}
