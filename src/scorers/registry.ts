/**
 * The criteria a run can measure: item + observation → one outcome. What becomes of the outcomes is `report/`'s business.
 * @module
 */
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import type { Item, TaskId } from '../contracts/item.ts'
import type { Need, Observation } from '../contracts/predictor.ts'
import { caption } from './caption/score.ts'
import { imageTextSimilarity } from './image-text-similarity/score.ts'
import { nlvr2 } from './nlvr2/score.ts'
import { retrieval } from './retrieval/score.ts'
import { stepLocalization } from './step-localization/score.ts'
import { uploadedScore } from './uploaded-score/score.ts'
import { vqaAccuracy } from './vqa-accuracy/score.ts'

/** What one criterion says of one observed item. */
export type ItemScore =
  | {
      readonly status: 'scored'
      /** In the order of the criterion's `columns`; all that reports are folded from. */
      readonly stats: readonly number[]
      /** For people: the number shown beside the sample; null where a sample has none of its own. */
      readonly score: number | null
      readonly passed: boolean
      /** Why nobody knows yet whether it passes; what `passed` says then counts for nothing. */
      readonly pending?: string
      readonly details?: Readonly<Record<string, unknown>>
    }
  | { readonly status: 'unscored'; readonly reason: string }

export interface Criterion<Spec extends ScorerSpec = ScorerSpec> {
  readonly type: Spec['type']
  readonly tasks: readonly TaskId[]
  readonly needs: readonly Need[]
  /** Names of the Float64 columns of an outcome. */
  readonly columns: readonly string[]
  /** How many of the columns there were before the last ones came: rows that were stored then have no more, and 0 is what they lack. */
  readonly columnsBefore?: number
  /** What the merge needs beside the columns: the shards' embeddings, or items and answers as text. */
  readonly mergeNeeds: 'embeddings' | 'texts' | null
  /** The column whose mean is the criterion's value, when that is a mean over items, with its range; null otherwise. */
  readonly meanColumn: { readonly index: number; readonly range: readonly [number, number] } | null
  /** Metrics that the leaderboard lists after the primary one. */
  readonly alsoListed?: readonly string[]
  score(spec: Spec, item: Item, observation: Observation): ItemScore
  /** Whether a scored item passes, from its columns: what `score` says at once. Of retrieval nobody knows before the merge. */
  passes(spec: Spec, stats: readonly number[]): boolean
}

const CRITERIA: { readonly [Type in ScorerSpec['type']]: Criterion<Extract<ScorerSpec, { type: Type }>> } = {
  image_text_similarity: imageTextSimilarity,
  retrieval,
  vqa_accuracy: vqaAccuracy,
  caption,
  nlvr2,
  step_localization: stepLocalization,
  uploaded_score: uploadedScore,
}

/** The implementation of a criterion spec. */
export function scorerFor<Spec extends ScorerSpec>(spec: Spec): Criterion<Spec> {
  return CRITERIA[spec.type] as unknown as Criterion<Spec>
}

/** Float64 columns a criterion, in the order of `criteria`: the widths of a run's sample rows. */
export function rowWidths(criteria: readonly ScorerSpec[]): number[] {
  return criteria.map((spec) => scorerFor(spec).columns.length)
}

/** The same for rows stored before the last columns came. */
export function rowWidthsBefore(criteria: readonly ScorerSpec[]): number[] {
  return criteria.map((spec) => scorerFor(spec).columnsBefore ?? scorerFor(spec).columns.length)
}

/** Everything that the criteria together need of a predictor. */
export function needsOf(criteria: readonly ScorerSpec[]): Set<Need> {
  return new Set(criteria.flatMap((spec) => scorerFor(spec).needs))
}

/** Whether the merge of these criteria needs something beside the rows. */
export function mergeNeeds(criteria: readonly ScorerSpec[], what: 'embeddings' | 'texts'): boolean {
  return criteria.some((spec) => scorerFor(spec).mergeNeeds === what)
}
