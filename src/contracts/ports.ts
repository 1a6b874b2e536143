/**
 * What the run engine asks of the world. `storage/` implements these over D1, R2, KV and Queues; tests may implement them in memory.
 * @module
 */
import type { DatasetReader } from './dataset.ts'
import type { Predictor } from './predictor.ts'
import type { Job, NewRun, RunRecord, ShardRange, ShardRecord, ShardResult, WorkQueue } from './run.ts'
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
}

/** One row of the public leaderboard: a run's primary metric under one criterion. */
export interface LeaderboardEntry {
  readonly criterion: string
  readonly dataset: string
  readonly subject: string
  readonly value: MetricValue
}

export interface Publication {
  readonly reportDigest: string
  /** Canonical JSON. */
  readonly reportBody: string
  readonly leaderboard: readonly LeaderboardEntry[]
}

/** The delivery that a new run answers, so that a replay finds the same run. */
export interface TriggerDelivery {
  readonly triggerId: string
  readonly deliveryKey: string
}

/**
 * The transactional record of runs. Every method that changes something is one D1 batch; every change is conditional, so that a
 * duplicate, late or losing caller changes nothing and learns so from the result.
 */
export interface RunLedger {
  /** Inserts the run and its shards as `pending`. With a delivery seen before: inserts nothing and returns the earlier run's id. */
  createRun(run: NewRun, shards: readonly ShardRange[], delivery?: TriggerDelivery): Promise<{ created: boolean; runId: string }>
  findRun(tenant: string, runId: string): Promise<RunRecord | null>
  /** Queue messages name a run only. */
  tenantOf(runId: string): Promise<string | null>
  /** Pending shards never sent, oldest first. */
  unsentShards(tenant: string, runId: string, limit: number): Promise<number[]>
  markSent(tenant: string, runId: string, shards: readonly number[]): Promise<void>
  /** Compare-and-set: pending, or leased past expiry, of a run in progress. null: nothing to do for this message. */
  claimShard(reference: ShardReference, token: string, leaseMilliseconds: number): Promise<ClaimedShard | null>
  /** Gives a lease back after an infrastructure fault. */
  releaseShard(claim: ClaimedShard, error: string): Promise<void>
  /** First finisher wins, whoever holds the lease. Owes the merge when no shard is left open. false: it came too late. */
  recordShard(claim: ClaimedShard, result: ShardResult): Promise<boolean>
  /** A shard that no attempt could finish: its items are errored. Owes the merge when no shard is left open. */
  failShard(reference: ShardReference, error: string): Promise<boolean>
  /** Recorded and failed shards in ordinal order; rows included. */
  readShards(tenant: string, runId: string, first: number, limit: number): Promise<ShardRecord[]>
  openShardCount(tenant: string, runId: string): Promise<number>
  /** Report, leaderboard rows, webhook and follow-up jobs, terminal status: all or nothing, and only while in progress. */
  publish(run: RunRecord, publication: Publication): Promise<boolean>
  cancel(tenant: string, runId: string): Promise<boolean>
  failRun(tenant: string, runId: string, error: { code: string; message: string }): Promise<boolean>
  /** Keys that the run's shards name, so that everything else stored under the run is an orphan. */
  referencedKeys(tenant: string, runId: string): Promise<Set<string>>
  /** Drops the shards' row blobs once their concatenation is stored at `rowsKey`. */
  compacted(tenant: string, runId: string, rowsKey: string): Promise<void>
}

/** The outbox of control jobs. */
export interface JobLedger {
  claimJob(jobId: string, token: string, leaseMilliseconds: number): Promise<ClaimedJob | null>
  finishJob(job: ClaimedJob): Promise<void>
  /** Due again at `dueAt`. */
  postponeJob(job: ClaimedJob, dueAt: number, error: string): Promise<void>
  killJob(jobId: string, error: string): Promise<void>
  findJob(jobId: string): Promise<(Job & { readonly lastError: string | null }) | null>
  /** Pending jobs that are due and not leased; each is made due again only after a lease's time. */
  dueJobs(limit: number): Promise<string[]>
  jobsOfRun(tenant: string, runId: string): Promise<string[]>
}

/** What the sweep needs to see across tenants. */
export interface SweepLedger {
  releaseExpiredLeases(): Promise<number>
  /** Runs in progress with shards that were committed but never sent. */
  runsWithUnsentShards(limit: number): Promise<{ tenant: string; runId: string; queue: WorkQueue }[]>
  /** Runs without a shard transition since `before`, with their resend count. */
  stalledRuns(
    before: number,
    limit: number,
  ): Promise<{ tenant: string; runId: string; queue: WorkQueue; resends: number; transitionAt: number }[]>
  openShards(tenant: string, runId: string, limit: number): Promise<number[]>
  noteResend(tenant: string, runId: string): Promise<void>
  /** Runs in progress without open shards and without a pending merge. Re-owes the merge. */
  oweMissingMerges(): Promise<string[]>
}

export type RunBlobKind = 'evidence' | 'embeddings' | 'rows'

export interface Blobs {
  /** Stores bytes at their hash, under the run, and returns the key. Storing the same bytes again changes nothing. */
  putHashed(run: { readonly tenant: string; readonly id: string }, kind: RunBlobKind, bytes: Uint8Array): Promise<string>
  /** @throws {Error} when absent: an object that a ledger names must exist. */
  get(key: string): Promise<Uint8Array>
  delete(keys: readonly string[]): Promise<void>
  /** Every key stored under a run. */
  keysOfRun(run: { readonly tenant: string; readonly id: string }): Promise<string[]>
}

/** Published, immutable documents. */
export interface Publisher {
  putReport(digest: string, body: string): Promise<void>
  readReportBody(tenant: string, digest: string): Promise<string | null>
}

export interface Queues {
  sendShards(queue: WorkQueue, runId: string, shards: readonly number[]): Promise<void>
  sendJob(jobId: string, delaySeconds?: number): Promise<void>
}

/** Everything the verbs in `runs/` are given. */
export interface Engine {
  readonly clock: Clock
  readonly ledger: RunLedger
  readonly jobs: JobLedger
  readonly sweeper: SweepLedger
  readonly blobs: Blobs
  readonly publisher: Publisher
  readonly queues: Queues
  readonly leaseMilliseconds: number
  readonly stallMilliseconds: number
  newToken(): string
  openDataset(tenant: string, datasetId: string, digest: string): Promise<DatasetReader>
  /** The subject's predictor for the items [first, end) of a run. */
  predictorFor(run: RunRecord, range: ShardRange): Promise<Predictor>
  /** Sends one webhook; see `webhooks/deliver.ts`. */
  deliverWebhook(job: ClaimedJob): Promise<WebhookOutcome>
  /** Names a moment at which `npm run chaos` may kill the process. Does nothing elsewhere. */
  failpoint(name: FailpointName): Promise<void>
}

export type FailpointName = 'after-evidence' | 'after-record' | 'before-merge' | 'after-publish' | 'before-webhook'

export type WebhookOutcome =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'retry'; readonly delayMilliseconds: number; readonly error: string }
  | { readonly outcome: 'give_up'; readonly error: string }
