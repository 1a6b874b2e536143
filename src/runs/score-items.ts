/**
 * Observes and scores the items of one shard. A sample's outcome does not know its neighbours: one item at a time through the
 * predictor, results in item order whatever the concurrency.
 * @module
 */
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { Item } from '../contracts/item.ts'
import { SampleError } from '../contracts/model.ts'
import type { Observation, Predictor } from '../contracts/predictor.ts'
import type { SampleEvidence, ShardTally } from '../contracts/run.ts'
import type { ScorerOutcome, SampleRow } from '../contracts/sample-row.ts'
import { scorerFor, mergeNeeds, needsOf } from '../scorers/registry.ts'
import { CAPTIONS_PER_IMAGE } from '../scorers/retrieval/score.ts'

export interface ScoredShard {
  readonly rows: readonly SampleRow[]
  readonly evidence: readonly SampleEvidence[]
  /** Scored items' vectors, when a criterion keeps them. */
  readonly embeddings: readonly EmbeddingEntry[]
  readonly tally: ShardTally
}

export interface ShardItem {
  readonly ordinal: number
  readonly cluster: number
  readonly item: Item
}

interface ScoredItem {
  readonly row: SampleRow
  readonly evidence: SampleEvidence
  readonly embedding: EmbeddingEntry | null
  readonly calls: number
}

/**
 * Scores items under every criterion.
 * @param lost - once aborted, no further item is begun and its reason is thrown.
 * @throws whatever the predictor rejects with, other than {@link SampleError}: an infrastructure fault of the whole shard.
 */
export async function scoreItems(
  items: readonly ShardItem[],
  criteria: readonly ScorerSpec[],
  predictor: Predictor,
  lost?: AbortSignal,
): Promise<ScoredShard> {
  const needs = needsOf(criteria)
  const keepsEmbeddings = mergeNeeds(criteria, 'embeddings')
  const scored = await mapInOrder(items, predictor.concurrency ?? 1, async (entry): Promise<ScoredItem> => {
    lost?.throwIfAborted()
    let observation: Observation | undefined
    try {
      observation = await predictor.observe(entry.item, needs)
      return scoreObservation(entry, criteria, observation, keepsEmbeddings)
    } catch (error) {
      if (!(error instanceof SampleError)) throw error
      return erroredItem(entry, criteria, error, observation?.calls ?? error.calls)
    }
  })
  return {
    rows: scored.map(({ row }) => row),
    evidence: scored.map(({ evidence }) => evidence),
    embeddings: scored.flatMap(({ embedding }) => (embedding ? [embedding] : [])),
    tally: tallyOf(
      scored.map(({ evidence }) => evidence),
      criteria,
      scored.reduce((sum, { calls }) => sum + calls, 0),
    ),
  }
}

/** The row of an item that could not be observed under any criterion. */
export function erroredRow(ordinal: number, cluster: number, criteria: readonly ScorerSpec[]): SampleRow {
  return { ordinal, cluster, outcomes: criteria.map((spec) => emptyOutcome('errored', spec)) }
}

function emptyOutcome(status: 'errored' | 'unscored', spec: ScorerSpec): ScorerOutcome {
  return { status, stats: scorerFor(spec).columns.map(() => 0) }
}

function scoreObservation(
  entry: ShardItem,
  criteria: readonly ScorerSpec[],
  observation: Observation,
  keepsEmbeddings: boolean,
): ScoredItem {
  const { ordinal, cluster, item } = entry
  const scores = criteria.map((spec) => ({ spec, score: scorerFor(spec).score(spec, item, observation) }))
  const evidence: SampleEvidence = {
    ordinal,
    item_id: item.id,
    ...(observation.answer === undefined ? {} : { output: observation.answer }),
    ...(observation.trace === undefined ? {} : { trace: observation.trace }),
    ...(observation.usage === undefined ? {} : { usage: observation.usage }),
    results: scores.map(({ spec, score }) =>
      score.status === 'scored'
        ? {
            name: spec.name,
            type: spec.type,
            status: score.status,
            score: score.score,
            passed: score.passed,
            ...(score.pending === undefined ? {} : { reason: score.pending }),
            ...(score.details === undefined ? {} : { details: score.details }),
          }
        : { name: spec.name, type: spec.type, status: score.status, score: null, passed: false, reason: score.reason },
    ),
  }
  // One sample without a number must not cost the whole run its report.
  for (const { spec, score } of scores)
    if (score.status === 'scored' && !score.stats.every(Number.isFinite))
      throw new SampleError('not_finite', `${spec.name}: the subject's output gives a score that is no finite number`)
  const outcomes = scores.map(({ spec, score }): ScorerOutcome =>
    score.status === 'scored' ? { status: 'scored', stats: score.stats } : emptyOutcome('unscored', spec),
  )
  const { imageEmbedding, textEmbeddings } = observation
  const embedding =
    keepsEmbeddings && imageEmbedding && textEmbeddings
      ? { ordinal, image: imageEmbedding, captions: textEmbeddings.slice(0, CAPTIONS_PER_IMAGE).map(({ vector }) => vector) }
      : null
  if (embedding !== null && ![embedding.image, ...embedding.captions].every((vector) => vector.every(Number.isFinite)))
    throw new SampleError('not_finite', 'the subject gave an embedding with components that are no finite numbers')
  return { row: { ordinal, cluster, outcomes }, evidence, embedding, calls: observation.calls ?? 0 }
}

function erroredItem(
  { ordinal, cluster, item }: ShardItem,
  criteria: readonly ScorerSpec[],
  error: SampleError,
  calls: number,
): ScoredItem {
  return {
    row: erroredRow(ordinal, cluster, criteria),
    evidence: {
      ordinal,
      item_id: item.id,
      error: { code: error.code, message: error.message },
      results: criteria.map(({ name, type }) => ({
        name,
        type,
        status: 'errored',
        score: null,
        passed: false,
        reason: error.code,
      })),
    },
    embedding: null,
    calls,
  }
}

/** OpenAI's counts: an item is errored when a criterion could not be applied, passed when every criterion passed. */
function tallyOf(samples: readonly SampleEvidence[], criteria: readonly ScorerSpec[], calls: number): ShardTally {
  const count = (results: readonly SampleEvidence['results'][]) => {
    const errored = results.filter((of) => of.some(({ status }) => status !== 'scored')).length
    const scored = results.filter((of) => of.every(({ status }) => status === 'scored'))
    const passed = scored.filter((of) => of.every(({ passed }) => passed)).length
    // A criterion that is decided at the merge counts neither way before.
    const pending = scored.filter(
      (of) => of.some(({ type }) => type === 'retrieval') && of.every(({ type, passed }) => passed || type === 'retrieval'),
    ).length
    return { passed, errored, failed: scored.length - passed - pending }
  }
  const usage = samples.flatMap((sample) => (sample.usage ? [sample.usage] : []))
  const total = (key: 'prompt_tokens' | 'completion_tokens' | 'total_tokens') => usage.reduce((sum, one) => sum + one[key], 0)
  return {
    ...count(samples.map(({ results }) => results)),
    per_criterion: criteria.map((_spec, index) => count(samples.map(({ results }) => [results[index]!]))),
    usage: {
      prompt_tokens: total('prompt_tokens'),
      completion_tokens: total('completion_tokens'),
      total_tokens: total('total_tokens'),
      invocations: calls,
    },
  }
}

/** Maps with at most `concurrency` calls in flight; results in input order; the first rejection wins once all in flight settled. */
async function mapInOrder<In, Out>(inputs: readonly In[], concurrency: number, map: (input: In) => Promise<Out>): Promise<Out[]> {
  const outputs: Out[] = []
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < inputs.length && !failed) {
      const index = next++
      try {
        outputs[index] = await map(inputs[index]!)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: Math.min(concurrency, inputs.length) }, worker))
  for (const result of settled) if (result.status === 'rejected') throw result.reason
  return outputs
}
