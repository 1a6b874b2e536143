/**
 * The former port of a run's model, until every model is a `Model` (contracts/model.ts).
 * @module
 */
import type { Item } from './item.ts'
import type { TextEmbedding, TokenUsage } from './model.ts'

/** What a criterion may need to see of an item. */
export type Need = 'image_embedding' | 'text_embeddings' | 'answer' | 'score'

/** What a subject produced for one item. Only the needed members are present. */
export interface Observation {
  readonly imageEmbedding?: Float32Array
  /** One per text of the item, in the item's order. */
  readonly textEmbeddings?: readonly TextEmbedding[]
  /** null: the subject was asked (or its file was read) and has no answer. */
  readonly answer?: string | null
  /** Why `answer` is null, where the subject was asked: a sentence for the sample's result. */
  readonly unanswered?: string
  /** Given beforehand, in [0, 1]; null: the file was read and has none. */
  readonly score?: number | null
  /** Evidence worth keeping beside the score (finish reason, raw text); never part of the report. */
  readonly trace?: Readonly<Record<string, unknown>>
  /** Calls made to the subject for this item, repeats included; none unless given: an answer uploaded beforehand takes no call. */
  readonly calls?: number
  readonly usage?: TokenUsage
}

export interface Predictor {
  readonly provides: readonly Need[]
  /** Items of one shard that may be observed at the same time; 1 unless stated. Never changes a score. */
  readonly concurrency?: number
  /**
   * Observes one item. A rejection with `SampleError` is a final *errored* sample; any other rejection is an
   * infrastructure fault: the shard's lease is released and the shard retried.
   */
  observe(item: Item, needs: ReadonlySet<Need>): Promise<Observation>
}
