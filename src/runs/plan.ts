/**
 * Planning: from a dataset, scorers and a model to a specification (everything that can change a score) and a
 * layout (everything that cannot). Pure.
 * @module
 */
import type { DatasetVersion } from '../contracts/dataset.ts'
import { digestOf } from '../contracts/digest.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { Model, ModelIdentity } from '../contracts/model.ts'
import type {
  GraderSpec,
  PredictionPoweredSpec,
  ProxyIdentity,
  RunSpec,
  ShardRange,
  StoppingSpec,
  WorkQueue,
} from '../contracts/run.ts'
import { findMean, type ItemMean } from '../scorers/item-mean.ts'
import { FEWEST_GOLD, PILOT_ITEMS } from '../scorers/prediction-powered.ts'
import type { BoundScorer } from '../scorers/scorer.ts'

export interface PlanRequest {
  readonly dataset: DatasetVersion
  /** One per testing criterion, in the order of the eval. */
  readonly scorers: readonly BoundScorer[]
  readonly model: Pick<Model, 'supports'> & { readonly identity: ModelIdentity }
  /** The grading models of the scorers that ask one. */
  readonly graders?: readonly GraderSpec[]
  /** Number of items; default: the whole dataset. */
  readonly limit?: number | undefined
  readonly seed: number
  readonly level: number
  readonly stopping?: StoppingSpec | undefined
  readonly predictionPowered?: PredictionPoweredRequest | undefined
}

/** Either `gold` or `target_half_width`. */
export interface PredictionPoweredRequest {
  readonly criterion: string
  readonly gold?: number | undefined
  readonly target_half_width?: number | undefined
  readonly proxy: ProxyIdentity
}

/**
 * @returns the run's specification and its digest
 * @throws {Fault} `unprocessable` if a scorer does not apply to the dataset's task, or needs an output that
 *   the model cannot give
 */
export async function planRun(request: PlanRequest): Promise<{ spec: RunSpec; specDigest: string }> {
  const { dataset, scorers, model, limit, seed, level, predictionPowered: powered } = request
  if (limit !== undefined && limit > dataset.items)
    throw unprocessableField(
      '/data_source/limit',
      `${limit} items were asked for, the dataset has ${dataset.items}; ask for at most that many or leave it out`,
    )
  scorers.forEach((scorer, index) => checkScorer(scorer, index, request))
  if (request.stopping !== undefined) requireMean(scorers, request.stopping.criterion, '/stopping/criterion')
  if (powered !== undefined) checkPredictionPowered(powered, request)
  const spec: RunSpec = {
    schema: 'assay.run-spec/1',
    dataset: { digest: dataset.digest, task: dataset.task, items: dataset.items },
    selection: { count: powered?.gold ?? limit ?? dataset.items },
    criteria: scorers.map(({ spec: criterion }) => criterion),
    subject: model.identity,
    ...(request.graders === undefined || request.graders.length === 0 ? {} : { graders: request.graders }),
    seed,
    level,
    ...(request.stopping === undefined ? {} : { stopping: request.stopping }),
    ...(powered === undefined ? {} : { prediction_powered: predictionPoweredSpec(powered) }),
  }
  return { spec, specDigest: await digestOf(spec) }
}

function checkScorer({ type, tasks, requires }: BoundScorer, index: number, { dataset, model }: PlanRequest): void {
  if (tasks !== 'any' && !tasks.includes(dataset.task))
    throw unprocessableField(
      `/testing_criteria/${index}`,
      `criterion ${type} scores ${tasks.join(' or ')} datasets; this one is ${dataset.task}`,
    )
  const supported = model.supports(dataset.task, requires)
  if (supported !== true) throw unprocessableField('/data_source/subject', `criterion ${type} needs ${requires}: ${supported}`)
}

/**
 * @throws {Fault} `unprocessable` if there cannot be enough gold items, or if another option also sets the
 *   number of items
 */
function checkPredictionPowered(
  { criterion, gold }: PredictionPoweredRequest,
  { dataset, scorers, limit, stopping }: PlanRequest,
): void {
  const pointer = '/prediction_powered'
  if (stopping !== undefined)
    throw unprocessableField(pointer, 'cannot be combined with stopping: both decide how many items are used')
  requireMean(scorers, criterion, `${pointer}/criterion`)
  if (gold !== undefined && limit !== undefined)
    throw unprocessableField(
      '/data_source/limit',
      'prediction_powered.gold says how many items are scored; leave one of them out',
    )
  if (gold !== undefined && gold > dataset.items)
    throw unprocessableField(`${pointer}/gold`, `${gold} items were asked for, the dataset has ${dataset.items}`)
  const least = PILOT_ITEMS + FEWEST_GOLD
  if (gold === undefined && (limit ?? dataset.items) < least)
    throw unprocessableField(
      limit === undefined ? `${pointer}/target_half_width` : '/data_source/limit',
      `a pilot of ${PILOT_ITEMS} and ${FEWEST_GOLD} items after it make ${least}, here are ${limit ?? dataset.items}; give gold instead`,
    )
}

/** @throws {Fault} `unprocessable` unless the named scorer exists and its value is a mean over items */
export function requireMean(scorers: readonly BoundScorer[], name: string, pointer: string): ItemMean {
  const found = findMean(scorers, name)
  if (typeof found === 'string') throw unprocessableField(pointer, found)
  return found
}

function predictionPoweredSpec({ criterion, target_half_width: width, proxy }: PredictionPoweredRequest): PredictionPoweredSpec {
  return { criterion, proxy, ...(width === undefined ? {} : { target_half_width: width }) }
}

const MAX_SHARDS = 1000
const MIN_EDGE_SHARD = 16
/** Keeps a shard's row blob at half of D1's 2 MB per row, even with sixteen criteria of the widest kind. */
const MAX_EDGE_SHARD = 2048
/**
 * Most shards of a run. At an endpoint, the inserted list stays far below D1's 2 MB per parameter, and its
 * insertion below 30 s. At the edge, each shard costs a few milliseconds whatever its size, so shards of one
 * item would be pure overhead.
 */
export const MOST_SHARDS: Readonly<Record<WorkQueue, number>> = { edge: 2000, endpoint: 10_000 }
/**
 * Rounds of concurrent calls in an endpoint shard. At 100 s per item, including retries, eight rounds end
 * within the 15 minutes of an invocation.
 */
const ENDPOINT_ROUNDS = 8

/** Most items of a shard. @param concurrency - number of items in progress at once */
export function largestShardSize(queue: WorkQueue, concurrency: number): number {
  return queue === 'endpoint' ? ENDPOINT_ROUNDS * concurrency : MAX_EDGE_SHARD
}

/** Shard size for a selection: edge shards amortise an invocation, endpoint shards limit its wall time. */
export function defaultShardSize(queue: WorkQueue, count: number, concurrency: number): number {
  const wanted = queue === 'endpoint' ? Infinity : Math.max(MIN_EDGE_SHARD, Math.ceil(count / MAX_SHARDS))
  return Math.min(wanted, largestShardSize(queue, concurrency))
}

/**
 * Cuts [0, count) into consecutive shards of `size` items; the last may be shorter.
 * @param cut - an ordinal where a shard must end: the end of the first wave
 * @param most - {@link MOST_SHARDS} of the queue
 * @throws {Fault} `unprocessable` for too many shards
 */
export function layOut(count: number, size: number, cut = 0, most = MOST_SHARDS.endpoint): ShardRange[] {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`shard size must be a positive integer, not ${size}`)
  if (Math.ceil(count / size) > most)
    throw unprocessableField(
      '/layout/shard_size',
      `${count} items in shards of ${size} would be more than ${most} shards; ask for at least ${Math.ceil(count / most)}`,
    )
  const shards: ShardRange[] = []
  for (let first = 0; first < count;) {
    const end = Math.min(count, first + size, first < cut ? cut : count)
    shards.push({ first, end })
    first = end
  }
  return shards
}
