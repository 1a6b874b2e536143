/**
 * The former port of a run's model, until every model is a `Model` (contracts/model.ts).
 * @module
 */
import type { Item } from './item.ts'
import type { Model, Output, OutputKind, ProposedSegment, TextEmbedding, TokenUsage } from './model.ts'

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

const NEEDS: Readonly<Record<OutputKind, readonly Need[]>> = {
  text: ['answer'],
  segments: ['answer'],
  embeddings: ['image_embedding', 'text_embeddings'],
  score: ['score'],
}

/** A predictor behind the model port, until predictors are gone. */
export function asModel(predictor: Predictor): Pick<Model, 'concurrency' | 'run'> {
  return {
    concurrency: predictor.concurrency ?? 1,
    run: async ({ item, output }) => {
      const { calls = 0, usage, trace, ...seen } = await predictor.observe(item, new Set(NEEDS[output]))
      return {
        output: outputOf(output, seen),
        calls,
        ...(usage && { usage }),
        ...(trace && { evidence: trace }),
      }
    },
  }
}

/** {@link Model.supports} of a predictor. */
export function supportsOf(
  { type }: { readonly type: string },
  provides: readonly Need[],
): (task: string, output: OutputKind) => true | string {
  return (_task, output) => NEEDS[output].every((need) => provides.includes(need)) || `a subject of type ${type} cannot supply it`
}

function outputOf(kind: OutputKind, seen: Observation): Output {
  const answer = seen.answer ?? null
  switch (kind) {
    case 'text':
      return { kind, text: answer, ...(seen.unanswered !== undefined && { unanswered: seen.unanswered }) }
    case 'segments':
      return { kind, segments: answer === null ? null : (JSON.parse(answer) as ProposedSegment[]) }
    case 'score':
      return { kind, score: seen.score ?? null }
    case 'embeddings':
      if (seen.imageEmbedding === undefined || seen.textEmbeddings === undefined)
        throw new Error('a predictor of embeddings gave none')
      return { kind, image: seen.imageEmbedding, texts: seen.textEmbeddings }
  }
}
