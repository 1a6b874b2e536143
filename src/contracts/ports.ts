/**
 * What the run engine asks of the world. `storage/` implements these over D1, R2, KV and Queues; tests may implement them in memory.
 * @module
 */
import type { DatasetReader } from './dataset.ts'
import type { ModelIdentity } from './model.ts'
import type { Predictor } from './predictor.ts'
import type { Job, NewRun, RunError, RunRecord, ShardRange, ShardRecord, ShardResult, ShardTally, WorkQueue } from './run.ts'
import type { MetricValue } from './report.ts'

export interface Clock {
  /** Unix milliseconds. */
  now(): number
}

export interface ShardReference {
  readonly run: string
  readonly shard: number
}

export interface ClaimedShard extends ShardRange {
  readonly run: RunRecord
  readonly shard: number
  readonly token: string
}

export interface ClaimedJob extends Job {
  readonly token: string
  /** Times that this job was started, this one included: more than `attempts` explains are crashes. */
  readonly claims: number
}

/** One row of the public leaderboard: one metric of a run under one criterion. */
export interface LeaderboardEntry {
  readonly criterion: string
  readonly dataset: string
  readonly subject: string
  readonly subjectType: ModelIdentity['type']
  readonly value: MetricValue
  /** Items that the value rests on, scored or not, and items of the dataset. */
  readonly used: number
  readonly items: number
  readonly notRanked: NotRanked | null
}

/** Why a row is listed apart from the ranked ones: its value does not rest on a score of every item of the dataset. */
export type NotRanked = 'no_value' | 'prediction_powered' | 'limit' | 'stopped_early' | 'errored' | 'unscored'

export interface Publication {
  readonly reportDigest: string
  /** Canonical JSON. */
  readonly reportBody: string
  readonly leaderboard: readonly LeaderboardEntry[]
  /** The run failed although its rows could be folded. Its report stays readable and reaches neither leaderboard nor KV. */
  readonly error?: RunError | undefined
  /** Where what a retrieval run found out about its items lies, and the counts of their shards, which follow from it. */
  readonly ranks: { readonly key: string; readonly tallies: readonly (readonly [shard: number, tally: ShardTally])[] } | null
}

/** The delivery that a new run answers, so that a replay finds the same run. */
export interface TriggerDelivery {
  readonly triggerId: string
  readonly deliveryKey: string
}

/** A delivery that starts a run. */
export interface NewDelivery extends TriggerDelivery {
  /** How many triggers led to the run, this one included. */
  readonly depth: number
}

/**
 * The transactional record of runs. Every method that changes something is one D1 batch; every change is conditional, so that a
 * duplicate, late or losing caller changes nothing and learns so from the result.
 */
export interface RunStore {
  /**
   * Inserts the run and its shards as `pending`. With a delivery seen before, or an id that a run has: inserts nothing and returns the
   * earlier run's id.
   * @throws {Fault} `not_found`, naming the field, when the dataset, eval, endpoint or added model is no longer there.
   */
  createRun(
    run: NewRun,
    shards: readonly ShardRange[],
    options?: {
      readonly delivery?: NewDelivery | undefined
      /** The first wave: only shards that begin before this ordinal are to be sent. All of them unless given. */
      readonly sendBefore?: number | null
      /** The subject's model where the tenant added it. */
      readonly addedModel?: string | undefined
    },
  ): Promise<{ created: boolean; runId: string }>
  findRun(tenant: string, runId: string): Promise<RunRecord | null>
  /** Queue messages name a run only. */
  tenantOf(runId: string): Promise<string | null>
  /** Shards whose message was sent and that have not ended. */
  shardsInFlight(tenant: string, runId: string): Promise<number>
  /** Pending shards never sent that may be, oldest first. */
  unsentShards(tenant: string, runId: string, limit: number): Promise<number[]>
  markSent(tenant: string, runId: string, shards: readonly number[]): Promise<void>
  /** Compare-and-set: pending, or leased past expiry, of a run in progress. null: nothing to do for this message. */
  claimShard(reference: ShardReference, token: string, leaseMilliseconds: number): Promise<ClaimedShard | null>
  /**
   * Holds a lease for longer, or takes it again where it lapsed and nobody else has it; a sign of life of the run as well.
   * false: the shard or its run has ended, and nothing that is recorded now would count.
   */
  renewShard(claim: ClaimedShard, leaseMilliseconds: number): Promise<boolean>
  /** Gives a lease back after an infrastructure fault. */
  releaseShard(claim: ClaimedShard, error: string): Promise<void>
  /** First finisher wins, whoever holds the lease. Owes the merge when no shard is left open. false: it came too late. */
  recordShard(claim: ClaimedShard, result: ShardResult): Promise<boolean>
  /** A shard that no attempt could finish: its items are errored. Owes the merge when no shard is left open. */
  failShard(reference: ShardReference, error: string): Promise<boolean>
  /** The same for every pending shard of a run at once, or for those that some consumer has claimed before. Returns how many. */
  failPendingShards(tenant: string, runId: string, error: string, which: 'all' | 'tried'): Promise<number>
  /** The first ordinal of the first open shard; the selection's end when none is open. */
  firstOpenOrdinal(tenant: string, runId: string): Promise<number | null>
  /** Open shards from an ordinal on need not be scored: the run stops before them. Owes the merge when no shard is left open. */
  skipShardsFrom(tenant: string, runId: string, ordinal: number): Promise<number>
  /** The next wave: shards that begin before this ordinal are to be sent, too. Never takes back what was allowed before. */
  sendShardsBefore(tenant: string, runId: string, ordinal: number): Promise<void>
  /** Shards that begin in [first, end), in ordinal order; rows included. */
  readShards(tenant: string, runId: string, first: number, end: number): Promise<ShardRecord[]>
  /** Report, leaderboard rows, webhook and follow-up jobs, terminal status: all or nothing, and only while in progress. */
  publish(run: RunRecord, publication: Publication): Promise<boolean>
  cancel(tenant: string, runId: string): Promise<boolean>
  /**
   * Publishes a run or takes it down: the run, its leaderboard rows, who may read its report, and the job that makes KV agree. A report that
   * another public run published stays public.
   * @param leaderboard - the rows of a completed run that becomes public.
   * @returns false when the run has ended meanwhile, or has not, so that other rows belong to it: look again.
   */
  setVisibility(run: RunRecord, visibility: 'private' | 'public', leaderboard: readonly LeaderboardEntry[]): Promise<boolean>
  failRun(tenant: string, runId: string, error: RunError): Promise<boolean>
  /** Keys that the run's shards name, so that everything else stored under the run is an orphan. */
  referencedKeys(tenant: string, runId: string): Promise<Set<string>>
  /** Drops the shards' row blobs once their concatenation is stored at `rowsKey`. The first wins: a second has read what it dropped. */
  compacted(tenant: string, runId: string, rowsKey: string): Promise<void>
}

/** The outbox of control jobs. */
export interface JobStore {
  /** Compare-and-set: pending, due and not leased. null: nothing to do for this message. */
  claimJob(jobId: string, token: string, leaseMilliseconds: number): Promise<ClaimedJob | null>
  /** Holds a lease for longer, as long as nobody else has taken the job. */
  renewJob(job: ClaimedJob, leaseMilliseconds: number): Promise<void>
  finishJob(job: ClaimedJob): Promise<void>
  /** After an attempt that came to a failed end: counted, and due again at `dueAt`. */
  postponeJob(job: ClaimedJob, dueAt: number, error: string): Promise<void>
  /** After an infrastructure fault: not counted as an attempt, due at once, its message still on its way. */
  releaseJob(job: ClaimedJob, error: string): Promise<void>
  /** Puts off a job that nobody is doing, by id. */
  deferJob(jobId: string, dueAt: number): Promise<void>
  killJob(jobId: string, error: string): Promise<void>
  /** A job that is owed and that nobody is doing. */
  findJob(jobId: string): Promise<(Job & { readonly lastError: string | null }) | null>
  /** Jobs to tell the queue about, the longest due first: owed, due, not leased, and no message sent that could still be on its way. */
  unsentJobs(limit: number): Promise<string[]>
  unsentJobsOf(tenant: string, runId: string): Promise<string[]>
  /** After sending, so that a message lost before it left is not waited for. */
  markJobsSent(jobIds: readonly string[]): Promise<void>
}

/** What the sweep needs to see across tenants. */
export interface SweepStore {
  /** Makes shards pending and unsent whose holder is gone, except those that {@link exhaustedShards} lists. */
  releaseExpiredLeases(maxAttempts: number): Promise<number>
  /** Shards whose last holder is gone and that were tried at least so often: what ends their holders is likely the shard itself. */
  exhaustedShards(maxAttempts: number, limit: number): Promise<ShardReference[]>
  /** Runs in progress with shards that were committed but never sent. */
  runsWithUnsentShards(limit: number): Promise<{ tenant: string; runId: string; queue: WorkQueue }[]>
  /**
   * Runs with pending shards that were sent, and without a transition for `stallMilliseconds`, doubled for each resend so far.
   * @param mostDoublings - after so many resends the wait stays as it is.
   */
  stalledRuns(stallMilliseconds: number, mostDoublings: number, limit: number): Promise<StalledRun[]>
  /** Counts a resend and makes every pending shard of a run unsent, so that fan-out owes its message again. */
  oweResend(tenant: string, runId: string): Promise<void>
  /** Runs in progress whose wave is over and whose next one nobody has sent; `stalled`: for `stallMilliseconds` already. */
  runsBetweenWaves(stallMilliseconds: number, limit: number): Promise<{ tenant: string; runId: string; stalled: boolean }[]>
  /** Runs in progress without open shards and without a merge owed. Owes it. */
  oweMissingMerges(): Promise<string[]>
  /** Deletes what no request or replay could ask for any more, the oldest first. Returns how many rows. */
  prune(limit: number): Promise<number>
}

export interface StalledRun {
  readonly tenant: string
  readonly runId: string
  readonly queue: WorkQueue
  readonly resends: number
  /** Another run's shards on the same queue are getting somewhere: this one may only be waiting its turn. */
  readonly queueAlive: boolean
  /** Some pending shard was claimed before. */
  readonly tried: boolean
}

export type RunBlobKind = 'evidence' | 'embeddings' | 'rows' | 'ranks'

export interface Blobs {
  /** Stores a proxy's scores at their hash, under the tenant, and returns it. Kept. */
  putScores(tenant: string, scores: Float64Array): Promise<string>
  /** @throws {Error} when absent. */
  readScores(tenant: string, digest: string): Promise<Float64Array>
  /** Stores bytes at their hash, under the run, and returns the key. Storing the same bytes again changes nothing. */
  putHashed(run: { readonly tenant: string; readonly id: string }, kind: RunBlobKind, bytes: Uint8Array): Promise<string>
  /** @throws {Error} when absent: an object that the database names must exist. */
  get(key: string): Promise<Uint8Array>
  delete(keys: readonly string[]): Promise<void>
  /** Every key stored under a run. */
  keysOfRun(run: { readonly tenant: string; readonly id: string }): Promise<string[]>
}

/** Published, immutable documents. */
export interface Publisher {
  putReport(digest: string, body: string): Promise<void>
  deleteReport(digest: string): Promise<void>
  /** Some tenant's public run has published these bytes. */
  isPublic(digest: string): Promise<boolean>
  readReportBody(tenant: string, digest: string): Promise<string | null>
}

export interface Queues {
  sendShards(queue: WorkQueue, runId: string, shards: readonly number[]): Promise<void>
  sendJobs(jobIds: readonly string[]): Promise<void>
}

/** Everything the verbs in `runs/` are given. */
export interface Engine {
  readonly clock: Clock
  readonly runs: RunStore
  readonly jobs: JobStore
  readonly sweeper: SweepStore
  readonly blobs: Blobs
  readonly publisher: Publisher
  readonly queues: Queues
  readonly leaseMilliseconds: number
  readonly stallMilliseconds: number
  newToken(): string
  /** Calls back every so often until the returned function is called. */
  every(milliseconds: number, action: () => Promise<void>): () => void
  openDataset(tenant: string, datasetId: string, digest: string): Promise<DatasetReader>
  /** The subject's predictor for the items [first, end) of a run. */
  predictorFor(run: RunRecord, range: ShardRange): Promise<Predictor>
  /** Sends one webhook; see `webhooks/deliver.ts`. */
  deliverWebhook(job: ClaimedJob): Promise<WebhookOutcome>
  /** Goes on with an import; see `imports/import-job.ts`. `continue`: it is owed again at once. `lost`: somebody else has it. */
  workImport(job: ClaimedJob): Promise<'done' | 'continue' | 'lost'>
  /** Ends an import that no attempt could finish. */
  failImport(tenant: string, importId: string, reason: string): Promise<void>
  /** Ends uploads that nobody completed in time. Returns how many. */
  expireUploads(limit: number): Promise<number>
  /** Deletes objects that imports and deletions have left behind. Returns how many it looked at. */
  collectObjects(limit: number): Promise<number>
  /** Names a moment at which `npm run chaos` may kill the process. Does nothing elsewhere. */
  failpoint(name: FailpointName): Promise<void>
}

export type FailpointName = 'after-evidence' | 'after-record' | 'before-merge' | 'after-publish' | 'before-webhook'

export type WebhookOutcome =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'retry'; readonly delayMilliseconds: number; readonly error: string }
  | { readonly outcome: 'give_up'; readonly error: string }
