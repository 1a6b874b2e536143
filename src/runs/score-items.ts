/**
 * Scores the items of one shard: asks the model about one item at a time and passes its output to every
 * scorer. An item's result does not depend on other items, and results are in item order at any concurrency.
 * @module
 */
import pMap from 'p-map'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { Item } from '../contracts/item.ts'
import { type Model, type ModelAnswer, ModelPaused, type OutputKind, SampleError, TimeOver } from '../contracts/model.ts'
import type { SampleEvidence, ShardTally } from '../contracts/run.ts'
import type { SampleRow, ScorerOutcome } from '../contracts/sample-row.ts'
import { countedAs } from '../contracts/run-warning.ts'
import { sumTokens } from '../contracts/sum-tokens.ts'
import type { BoundScorer, ItemScore } from '../scorers/scorer.ts'
import { type Graders, NO_GRADERS } from './graders.ts'
import { textOf } from './kept-output.ts'
import { countVerdicts, type Verdict } from './tally.ts'

export interface ScoredShard {
  readonly rows: readonly SampleRow[]
  readonly evidence: readonly SampleEvidence[]
  /** Vectors of scored items, if a scorer needs them for the merge. */
  readonly embeddings: readonly EmbeddingEntry[]
  readonly tally: ShardTally
  /** Why the items after these were not begun; null: another reason, or there are none. */
  readonly pause: ModelPaused | null
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
  readonly verdicts: readonly Verdict[]
  readonly calls: number
  /** Codes of its error, or of its endpoint's answers; and of its warnings. */
  readonly outcomes: readonly string[]
  /** Its answers were paid before. */
  readonly stored: boolean
}

/** A scorer's judgement, or the reason why its grading model gave none. */
type ItemResult = ItemScore | { readonly status: 'errored'; readonly reason: string }

type Answers = ReadonlyMap<OutputKind, ModelAnswer>

export interface ScoreItemsOptions {
  /** Once aborted, no further item is begun and its reason is thrown. */
  readonly lost?: AbortSignal
  /** The models that judge. Default: none. */
  readonly graders?: Graders
  /** Once true, no further item is begun, after the first one. */
  readonly isOver?: () => boolean
  /** Whether results of the first items may be returned when a model pauses. Default: true. */
  readonly mayCut?: boolean
}

/**
 * Scores items with every scorer of the run.
 * @returns results of all items, or of the first ones if the time is over or a model pauses
 * @throws {TimeOver} if no item was scored before the time was over
 * @throws {ModelPaused} if none was scored before the pause, or the shard may not be cut
 * @throws the model's rejection, other than {@link SampleError}: an infrastructure fault of the whole shard
 */
export async function scoreItems(
  items: readonly ShardItem[],
  scorers: readonly BoundScorer[],
  model: Pick<Model, 'concurrency' | 'run'>,
  { lost, graders = NO_GRADERS, isOver = () => false, mayCut = true }: ScoreItemsOptions = {},
): Promise<ScoredShard> {
  const concurrency = Math.min(model.concurrency, graders.concurrency)
  const { outputs: scored, rejections } = await mapInOrder(items, concurrency, async (entry, index) => {
    lost?.throwIfAborted()
    if (index > 0 && isOver()) throw new TimeOver('items are left')
    return scoreItem(entry, scorers, model, graders)
  })
  const pause = rejections.find((reason) => reason instanceof ModelPaused) ?? null
  const fault = rejections.find((reason) => !(reason instanceof TimeOver || reason instanceof ModelPaused))
  if (fault !== undefined) throw fault
  if (pause !== null && !mayCut) throw pause
  if (scored.length === 0 && rejections.length > 0) throw pause ?? rejections[0]
  return {
    rows: scored.map(({ row }) => row),
    evidence: scored.map(({ evidence }) => evidence),
    embeddings: scored.flatMap(({ embedding }) => embedding ?? []),
    tally: {
      ...countVerdicts(
        scored.map(({ verdicts }) => verdicts),
        scorers.length,
      ),
      usage: usageOf(scored),
      outcomes: countOutcomes(scored),
      stored: scored.filter(({ stored }) => stored).length,
    },
    pause,
  }
}

/** The row of an item without a score from any scorer. */
export function erroredRow(ordinal: number, cluster: number, scorers: readonly BoundScorer[]): SampleRow {
  return { ordinal, cluster, outcomes: scorers.map((scorer) => emptyOutcome('errored', scorer)) }
}

function emptyOutcome(status: 'errored' | 'unscored', { columns }: BoundScorer): ScorerOutcome {
  return { status, stats: columns.map(() => 0) }
}

async function scoreItem(
  entry: ShardItem,
  scorers: readonly BoundScorer[],
  model: Pick<Model, 'run'>,
  graders: Graders,
): Promise<ScoredItem> {
  const answers = new Map<OutputKind, ModelAnswer>()
  const calls = () => [...answers.values()].reduce((sum, answer) => sum + answer.calls, 0)
  try {
    for (const { requires } of scorers)
      if (!answers.has(requires)) answers.set(requires, await model.run({ item: entry.item, output: requires }))
    const scores: ItemResult[] = []
    for (const scorer of scorers) scores.push(await judge(entry, scorer, answers.get(scorer.requires)!, graders))
    requireFinite(scorers, scores)
    return {
      row: rowOf(entry, scorers, scores),
      evidence: evidenceOf(entry, scorers, scores, answers),
      embedding: keptEmbedding(entry, scorers, answers),
      verdicts: scorers.map((scorer, index) => verdictOf(scorer, scores[index]!)),
      calls: calls(),
      outcomes: [...[...answers.values()].flatMap(({ outcome }) => outcome ?? []), ...warningsOf(scores)],
      stored: isStored(answers),
    }
  } catch (error) {
    if (!(error instanceof SampleError)) throw error
    return erroredItem(entry, scorers, error, calls() + error.calls)
  }
}

/** A grading model out of reach costs the item this scorer's result, not the others'. */
async function judge({ item }: ShardItem, scorer: BoundScorer, { output }: ModelAnswer, graders: Graders): Promise<ItemResult> {
  try {
    const { name } = scorer
    return await scorer.score({ item, output, grader: graders.of(name, item), embed: graders.embedderOf(name, item) })
  } catch (error) {
    if (!(error instanceof SampleError) || scorer.grader === null) throw error
    return { status: 'errored', reason: `grader: ${error.code}: ${error.message}` }
  }
}

/** Each once, however many criteria warn. */
function warningsOf(scores: readonly ItemResult[]): string[] {
  const codes = scores.flatMap((score) => (score.status === 'scored' ? (score.warning ?? []) : []))
  return [...new Set(codes)].map(countedAs)
}

/** One sample without a number must not cost the run its report. */
function requireFinite(scorers: readonly BoundScorer[], scores: readonly ItemResult[]): void {
  scores.forEach((score, index) => {
    if (score.status === 'scored' && !score.stats.every(Number.isFinite))
      throw new SampleError(
        'not_finite',
        `${scorers[index]!.name}: the subject's output gives a score that is not a finite number`,
      )
  })
}

function rowOf({ ordinal, cluster }: ShardItem, scorers: readonly BoundScorer[], scores: readonly ItemResult[]): SampleRow {
  return {
    ordinal,
    cluster,
    outcomes: scores.map((score, index) =>
      score.status === 'scored' ? { status: 'scored', stats: score.stats } : emptyOutcome(score.status, scorers[index]!),
    ),
  }
}

function verdictOf({ late, passes }: BoundScorer, score: ItemResult): Verdict {
  if (score.status !== 'scored') return 'errored'
  if (late !== undefined) return 'pending'
  return passes(score.stats) ? 'passed' : 'failed'
}

function evidenceOf(
  { ordinal, item }: ShardItem,
  scorers: readonly BoundScorer[],
  scores: readonly ItemResult[],
  answers: Answers,
): SampleEvidence {
  const given = [...answers.values()]
  const output = given.map((answer) => textOf(answer.output, item)).find((text) => text !== undefined)
  const traces = given.flatMap(({ evidence }) => evidence ?? [])
  const usage = given.flatMap((answer) => answer.usage ?? [])
  const warnings = given.flatMap((answer) => answer.warnings ?? [])
  return {
    ordinal,
    item_id: item.id,
    ...(output !== undefined && { output }),
    ...(traces.length > 0 && { trace: Object.assign({}, ...traces) as Record<string, unknown> }),
    ...(usage.length > 0 && { usage: sumTokens(usage) }),
    ...(warnings.length > 0 && { warnings }),
    results: scorers.map((scorer, index) => resultOf(scorer, scores[index]!)),
  }
}

function resultOf({ name, type, late, passes }: BoundScorer, score: ItemResult): SampleEvidence['results'][number] {
  const { status } = score
  if (status !== 'scored') return { name, type, status, score: null, passed: false, reason: score.reason }
  return {
    name,
    type,
    status,
    score: score.score,
    passed: late === undefined && passes(score.stats),
    ...(late !== undefined && { reason: late.pending }),
    ...(score.details !== undefined && { details: score.details }),
  }
}

/**
 * Vectors for the merge, with the largest number of texts that any scorer needs. null if no scorer needs
 * them.
 */
function keptEmbedding({ ordinal }: ShardItem, scorers: readonly BoundScorer[], answers: Answers): EmbeddingEntry | null {
  const output = answers.get('embeddings')?.output
  const keepers = scorers.filter(({ keepsOutputs, requires }) => keepsOutputs && requires === 'embeddings')
  if (output?.kind !== 'embeddings' || keepers.length === 0) return null
  const kept = Math.max(...keepers.map(({ textsKept }) => textsKept))
  const captions = output.texts.slice(0, kept).map(({ vector }) => vector)
  if (![output.image, ...captions].every((vector) => vector.every(Number.isFinite)))
    throw new SampleError('not_finite', 'the subject gave an embedding with components that are not finite numbers')
  return { ordinal, image: output.image, captions }
}

function erroredItem(
  { ordinal, cluster, item }: ShardItem,
  scorers: readonly BoundScorer[],
  { code, message }: SampleError,
  calls: number,
): ScoredItem {
  return {
    row: erroredRow(ordinal, cluster, scorers),
    evidence: {
      ordinal,
      item_id: item.id,
      error: { code, message },
      results: scorers.map(({ name, type }) => ({
        name,
        type,
        status: 'errored',
        score: null,
        passed: false,
        reason: code,
      })),
    },
    embedding: null,
    verdicts: scorers.map(() => 'errored'),
    calls,
    outcomes: [code],
    stored: false,
  }
}

function usageOf(items: readonly ScoredItem[]): ShardTally['usage'] {
  return {
    ...sumTokens(items.filter(({ stored }) => !stored).flatMap(({ evidence }) => evidence.usage ?? [])),
    invocations: items.reduce((sum, { calls }) => sum + calls, 0),
  }
}

const isStored = (answers: Answers): boolean => {
  const given = [...answers.values()]
  return given.length > 0 && given.every(({ stored }) => stored === true)
}

function countOutcomes(items: readonly ScoredItem[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const code of items.flatMap(({ outcomes }) => outcomes)) counts.set(code, (counts.get(code) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Maps with at most `concurrency` calls in flight. After a rejection no further call begins, and all calls in
 * flight settle, so none outlives the lease.
 * @returns the results before the first call without one, in input order, and the rejections
 */
async function mapInOrder<In, Out>(
  inputs: readonly In[],
  concurrency: number,
  map: (input: In, index: number) => Promise<Out>,
): Promise<{ readonly outputs: readonly Out[]; readonly rejections: readonly unknown[] }> {
  const rejections: unknown[] = []
  const outputs: Out[] = []
  const settle = async (input: In, index: number): Promise<void> => {
    if (rejections.length > 0) return
    try {
      outputs[index] = await map(input, index)
    } catch (reason) {
      rejections.push(reason)
    }
  }
  await pMap(inputs, settle, { concurrency })
  const first = inputs.findIndex((_, index) => !(index in outputs))
  return { outputs: first < 0 ? outputs : outputs.slice(0, first), rejections }
}
