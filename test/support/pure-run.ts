/**
 * A run without bindings: items from a seed, a subject that answers from a hash, and a store in memory.
 * Everything else is the engine's own code.
 * @module
 */
import type { ScorerSpec } from '../../src/contracts/scorer-spec.ts'
import type { DatasetReader, DatasetVersion, ItemColumns } from '../../src/contracts/dataset.ts'
import { encodeEmbeddings } from '../../src/contracts/embedding-block.ts'
import type { TaskItem } from '../../src/tasks/registry.ts'
import { retrieval } from '../../src/tasks/retrieval/task.ts'
import { isOf } from '../../src/tasks/task.ts'
import { type Model, type Output, SampleError } from '../../src/contracts/model.ts'
import type { RunRecord, RunSpec, ShardRange, ShardRecord } from '../../src/contracts/run.ts'
import { encodeRows } from '../../src/contracts/sample-row.ts'
import { rowWidths, SCORERS } from '../../src/scorers/registry.ts'
import type { AggregateRunDependencies } from '../../src/runs/aggregate-run.ts'
import { scoreItems } from '../../src/runs/score-items.ts'
import { planRun, type PlanRequest } from '../../src/runs/plan.ts'
import { answering, text } from './fake-model.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { memoryBlobs } from './run-engine.ts'

export const SIMILARITY = {
  type: 'image_text_similarity',
  name: 'clipscore',
  variant: 'clipscore-2.5',
  pass_threshold: 0,
} as const satisfies ScorerSpec
export const RETRIEVAL = { type: 'retrieval', name: 'retrieval' } as const satisfies ScorerSpec
export const VQA = {
  type: 'vqa_accuracy',
  name: 'accuracy',
  scorer: 'vqa-2021',
  pass_threshold: 0.5,
} as const satisfies ScorerSpec

export const CLASSIFICATION = { type: 'classification_accuracy', name: 'labels' } as const satisfies ScorerSpec

const DIMENSIONS = 6
const IMAGE = { sha256: 'a'.repeat(64), media_type: 'image/png', bytes: 1, width: 1, height: 1 } as const
const QUESTION_TYPES = ['how many', 'is there', 'what']
const LABELS = ['ant', 'bee', 'cow', 'dog', 'eel', 'fox', 'gnu'].map((label) => ({ label }))
const ANSWER_TYPES = ['number', 'other', 'yes/no']

export interface PureRun {
  readonly run: RunRecord
  readonly items: readonly TaskItem[]
  readonly columns: ItemColumns
  readonly version: DatasetVersion
  readonly model: Model
}

export interface PureWish {
  readonly seed: number
  readonly task: 'retrieval' | 'vqa' | 'classification'
  readonly items: number
  readonly count?: number
  readonly criteria: readonly ScorerSpec[]
  readonly predictionPowered?: PlanRequest['predictionPowered']
  readonly stopping?: PlanRequest['stopping']
  /** Ordinals that always fail. */
  readonly errored?: ReadonlySet<number>
  /** Ordinals without an answer from the subject. */
  readonly unanswered?: ReadonlySet<number>
}

function unitVector(random: CounterRandom): Float32Array {
  const vector = Float32Array.from({ length: DIMENSIONS }, () => random.uniform() - 0.5)
  const length = Math.hypot(...vector)
  return vector.map((component) => component / length)
}

export async function pureRun(wish: PureWish): Promise<PureRun> {
  const { seed, task, items: total, count = total, criteria, errored = new Set(), unanswered = new Set() } = wish
  const random = new CounterRandom(seed, 'items')
  const items = Array.from({ length: total }, (_, ordinal): TaskItem => {
    const cluster = `image ${task === 'vqa' ? random.below(Math.ceil(total / 2)) : ordinal}`
    const id = `item ${ordinal}`
    if (task === 'classification')
      return { task, id, cluster, image: null, label: LABELS[random.below(7)]!.label, candidates: LABELS }
    return task === 'retrieval'
      ? {
          task,
          id,
          cluster,
          image: IMAGE,
          captions: Array.from({ length: 1 + random.below(6) }, (_unused, k) => ({ id: `${k}`, text: `caption ${k}` })),
        }
      : {
          task,
          id,
          cluster,
          image: null,
          question: '?',
          question_type: QUESTION_TYPES[random.below(3)]!,
          answer_type: ANSWER_TYPES[random.below(3)]!,
          answers: Array.from({ length: 10 }, () => ['red', 'blue', 'two'][random.below(3)]!),
        }
  })
  const clusters = [...new Set(items.map(({ cluster }) => cluster))].toSorted()
  const codes = (values: string[], label: (item: TaskItem) => string) =>
    Uint16Array.from(items, (item) => values.indexOf(label(item)))
  const vqa = task === 'vqa'
  const columns: ItemColumns = {
    cluster: Uint32Array.from(items, ({ cluster }) => clusters.indexOf(cluster)),
    strata: vqa
      ? [
          codes(ANSWER_TYPES, (item) => (item.task === 'vqa' ? item.answer_type : '')),
          codes(QUESTION_TYPES, (item) => (item.task === 'vqa' ? item.question_type : '')),
        ]
      : [],
  }
  const version: DatasetVersion = {
    tenant: 't',
    datasetId: 'ds',
    name: 'pure',
    digest: 'd'.repeat(64),
    task,
    format: 'test',
    items: total,
    images: total,
    clusters: clusters.length,
    strata: vqa
      ? [
          { name: 'answer_type', values: ANSWER_TYPES },
          { name: 'question_type', values: QUESTION_TYPES },
        ]
      : [],
    source: {},
    createdAt: 0,
    ...(task === 'classification' && { candidates: LABELS }),
  }
  const { spec, specDigest } = await planRun({
    dataset: version,
    scorers: SCORERS.bindAll(criteria),
    model: { identity: { type: 'results', name: 'pure', results_digest: 'e'.repeat(64) }, supports: () => true },
    limit: wish.predictionPowered?.gold === undefined ? count : undefined,
    predictionPowered: wish.predictionPowered,
    stopping: wish.stopping,
    seed: 11,
    level: 0.95,
  })
  const model = answering(({ item }) => {
    const ordinal = Number(item.id.slice('item '.length))
    if (errored.has(ordinal)) throw new SampleError('bad_image', 'it is')
    const own = new CounterRandom(seed, `answer ${ordinal}`)
    if (item.task === 'vqa') return text(unanswered.has(ordinal) ? null : ['red', 'blue', 'two'][own.below(3)]!)
    if (item.task === 'classification') return labelsOf(own, unanswered.has(ordinal))
    if (!isOf(retrieval, item)) throw new Error(`no ${item.task} items here`)
    return {
      kind: 'embeddings',
      image: unitVector(own),
      texts: item.captions.map(() => ({
        vector: unitVector(own),
        tokens: 3,
        truncated: own.below(5) === 0,
        unknownTokens: 0,
      })),
    }
  })
  return { run: runRecord(spec, specDigest), items, columns, version, model }
}

/** Five of seven labels, in an order of chance. */
function labelsOf(random: CounterRandom, isUnanswered: boolean): Output {
  const left = LABELS.map((_, index) => index)
  const ranked = Array.from({ length: 5 }, (_, place) => ({
    index: left.splice(random.below(7 - place), 1)[0]!,
    cosine: -place / 10,
  }))
  return { kind: 'labels', ranked: isUnanswered ? null : ranked, read: { truncated: 0, unknown: 1 } }
}

function runRecord(spec: RunSpec, specDigest: string): RunRecord {
  return {
    tenant: 't',
    id: 'evalrun_pure',
    evalId: 'eval',
    name: null,
    visibility: 'private',
    datasetId: 'ds',
    queue: 'edge',
    spec,
    specDigest,
    dataSource: {},
    metadata: null,
    maxErrored: 1,
    gate: null,
    gateResult: null,
    status: 'in_progress',
    createdAt: 0,
    endedAt: null,
    reportDigest: null,
    rowsKey: null,
    ranksKey: null,
    error: null,
  }
}

/** The result of one attempt at a shard. */
export async function attempt(
  pure: PureRun,
  shard: number,
  { first, end }: ShardRange,
): Promise<[ShardRecord, Uint8Array | null]> {
  const scorers = SCORERS.bindAll(pure.run.spec.criteria)
  const scored = await scoreItems(
    pure.items
      .slice(first, end)
      .map((item, index) => ({ ordinal: first + index, cluster: pure.columns.cluster[first + index]!, item })),
    scorers,
    pure.model,
  )
  const embeddings = scored.embeddings.length === 0 ? null : encodeEmbeddings(scored.embeddings, DIMENSIONS)
  const record: ShardRecord = {
    shard,
    first,
    end,
    state: 'recorded',
    attempts: 1,
    rows: encodeRows(scored.rows, rowWidths(scorers)),
    evidenceKey: null,
    embeddingsKey: embeddings && `embeddings ${shard}`,
    tally: scored.tally,
    error: null,
  }
  return [record, embeddings]
}

export function failedShard(shard: number, { first, end }: ShardRange): ShardRecord {
  return {
    shard,
    first,
    end,
    state: 'failed',
    attempts: 5,
    rows: null,
    evidenceKey: null,
    embeddingsKey: null,
    tally: null,
    error: 'x',
  }
}

/** The items of a pure run in the form of a stored version. */
export function readerOf(
  pure: Pick<PureRun, 'columns' | 'version' | 'items'>,
  io: () => Promise<void> = async () => {},
): DatasetReader {
  return {
    version: pure.version,
    items: async (first, end) => {
      await io()
      return pure.items.slice(first, end)
    },
    clusters: async (first, end) => pure.columns.cluster.slice(first, end),
    columns: async () => pure.columns,
  }
}

/** The dependencies of aggregating a run. */
export function recordedRun(
  pure: Pick<PureRun, 'columns' | 'version' | 'items'>,
  shards: Iterable<ShardRecord>,
  objects: ReadonlyMap<string, Uint8Array>,
  proxy?: Float64Array,
): AggregateRunDependencies {
  const inOrder = [...shards].toSorted((a, b) => a.first - b.first)
  return {
    runs: {
      readShards: async (_tenant, _run, first, end) => inOrder.filter((shard) => shard.first >= first && shard.first < end),
    },
    blobs: memoryBlobs(new Map(objects), undefined, { proxy }),
    datasets: { open: async () => readerOf(pure) },
  }
}
