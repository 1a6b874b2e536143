/**
 * Planning is pure: from a dataset, criteria and a subject to a specification (what can change a score) and a layout (what cannot).
 * @module
 */
import type { CriterionSpec } from '../contracts/criterion.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import { digestOf } from '../contracts/digest.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { Need, SubjectIdentity } from '../contracts/predictor.ts'
import type { RunSpec, ShardRange, StoppingSpec, WorkQueue } from '../contracts/run.ts'
import { criterionFor } from '../criteria/criterion.ts'

export interface PlanRequest {
  readonly dataset: DatasetVersion
  readonly criteria: readonly CriterionSpec[]
  readonly subject: SubjectIdentity
  /** What the subject can supply. */
  readonly provides: readonly Need[]
  /** Items wanted; the whole dataset when absent. */
  readonly limit?: number | undefined
  readonly seed: number
  readonly level: number
  readonly stopping?: StoppingSpec | undefined
}

/**
 * @returns the run's specification and its digest.
 * @throws {Fault} `unprocessable` when a criterion does not apply to the dataset's task, or needs what the subject cannot supply.
 */
export async function planRun(request: PlanRequest): Promise<{ spec: RunSpec; specDigest: string }> {
  const { dataset, criteria, subject, provides, limit, seed, level } = request
  if (limit !== undefined && limit > dataset.items)
    throw unprocessableField(
      '/data_source/limit',
      `${limit} items were asked for, the dataset has ${dataset.items}; ask for at most that many or leave it out`,
    )
  criteria.forEach((spec, index) => {
    const criterion = criterionFor(spec)
    const pointer = `/testing_criteria/${index}`
    if (!criterion.tasks.includes(dataset.task))
      throw unprocessableField(
        pointer,
        `criterion ${spec.type} scores ${criterion.tasks.join(' or ')} datasets; this one is ${dataset.task}`,
      )
    const lacking = criterion.needs.filter((need) => !provides.includes(need))
    if (lacking.length > 0)
      throw unprocessableField(
        '/data_source/subject',
        `criterion ${spec.type} needs ${lacking.join(' and ')}, which a subject of type ${subject.type} cannot supply`,
      )
  })
  if (request.stopping !== undefined) checkStopping(request.stopping, criteria)
  const spec: RunSpec = {
    schema: 'assay.run-spec/1',
    dataset: { digest: dataset.digest, task: dataset.task, items: dataset.items },
    selection: { count: limit ?? dataset.items },
    criteria,
    subject,
    seed,
    level,
    ...(request.stopping === undefined ? {} : { stopping: request.stopping }),
  }
  return { spec, specDigest: await digestOf(spec) }
}

/** @throws {Fault} `unprocessable` unless the rule is about a criterion whose value is a mean over items. */
function checkStopping({ criterion: name }: StoppingSpec, criteria: readonly CriterionSpec[]): void {
  const spec = criteria.find((candidate) => candidate.name === name)
  if (spec === undefined)
    throw unprocessableField('/stopping/criterion', `the eval has no criterion called ${JSON.stringify(name)}`)
  if (criterionFor(spec).meanColumn === null)
    throw unprocessableField(
      '/stopping/criterion',
      `criterion ${name} (${spec.type}) is no mean over items, so a run cannot stop early on it`,
    )
}

const MAX_SHARDS = 1000
const MIN_EDGE_SHARD = 16
/** Keeps a shard's row blob at half of D1's 2 MB a row even under sixteen criteria of the widest kind. */
const MAX_EDGE_SHARD = 2048
/** Keeps the inserted list of shards far below D1's 2 MB a parameter, and its insertion below 30 s. */
const MOST_SHARDS = 10_000
/**
 * Rounds of concurrent calls in an endpoint shard: at 100 s an item, retries included, eight rounds end within the 15 minutes that an
 * invocation may last.
 */
const ENDPOINT_ROUNDS = 8

/** The most items a shard may have. @param concurrency - items observed at the same time. */
export function largestShardSize(queue: WorkQueue, concurrency: number): number {
  return queue === 'endpoint' ? ENDPOINT_ROUNDS * concurrency : MAX_EDGE_SHARD
}

/** Shard size for a selection: edge shards amortise an invocation, endpoint shards bound its wall time. */
export function defaultShardSize(queue: WorkQueue, count: number, concurrency: number): number {
  const wanted = queue === 'endpoint' ? Infinity : Math.max(MIN_EDGE_SHARD, Math.ceil(count / MAX_SHARDS))
  return Math.min(wanted, largestShardSize(queue, concurrency))
}

/**
 * Cuts [0, count) into consecutive shards of `size` items, the last one shorter.
 * @throws {Fault} `unprocessable` when there would be too many of them.
 */
export function layOut(count: number, size: number): ShardRange[] {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`shard size must be a positive integer, not ${size}`)
  if (Math.ceil(count / size) > MOST_SHARDS)
    throw unprocessableField(
      '/layout/shard_size',
      `${count} items in shards of ${size} would be more than ${MOST_SHARDS} shards; ask for at least ${Math.ceil(count / MOST_SHARDS)}`,
    )
  return Array.from({ length: Math.ceil(count / size) }, (_, shard) => ({
    first: shard * size,
    end: Math.min(count, (shard + 1) * size),
  }))
}
