/**
 * Ports of the run engine. `storage/` implements them over D1, R2, KV and Queues; tests may implement them in
 * memory. Each function in `runs/` declares the methods it needs with `Pick`.
 * @module
 */
import type { RunCallSettings } from './endpoint-calls.ts'
import type { GateResult } from './gate.ts'
import type { Signature } from './manifest.ts'
import type { DatasetReader } from './dataset.ts'
import type { DeferredModel, Model, ModelIdentity, Submission } from './model.ts'
import type { NewRun, RunError, RunRecord, ShardRange, ShardRecord, ShardResult, ShardTally, WorkQueue } from './run.ts'
import type { CommitStatus } from './trigger.ts'
import type { MetricValue } from './report.ts'

export interface Clock {
  /** Unix milliseconds. */
  now(): number
}

export interface ShardReference {
  readonly tenant: string
  readonly run: string
  readonly shard: number
}

/** A leased shard. */
export interface ClaimedShard extends ShardRange {
  readonly run: RunRecord
  readonly shard: number
  readonly token: string
}

/** One row of the public leaderboard: one metric of a run under one criterion. */
export interface LeaderboardEntry {
  readonly criterion: string
  readonly dataset: string
  readonly subject: string
  readonly subjectType: ModelIdentity['type']
  readonly value: MetricValue
  /** Number of items that the value is based on, scored or not. */
  readonly used: number
  /** Items of the dataset. */
  readonly items: number
  readonly notRanked: NotRanked | null
}

/**
 * Why a row is listed apart from the ranked ones: its value is not based on a score of every item of the
 * dataset.
 */
export type NotRanked = 'no_value' | 'prediction_powered' | 'limit' | 'stopped_early' | 'errored' | 'unscored'

export interface Publication {
  readonly reportDigest: string
  /** Canonical JSON. */
  readonly reportBody: string
  readonly leaderboard: readonly LeaderboardEntry[]
  /** Canonical JSON of the manifest; null signature: the deployment could not sign. */
  readonly manifest: { readonly body: string; readonly signature: Signature | null }
  /**
   * Set if the run failed although its rows could be aggregated. The report is then readable, but neither
   * ranked nor copied to KV.
   */
  readonly error?: RunError | undefined
  /** null for a run without a gate. */
  readonly gate: GateResult | null
  /** Per-item ranks of a retrieval run: the key of their object, and the resulting counts per shard. */
  readonly ranks: { readonly key: string; readonly tallies: readonly (readonly [shard: number, tally: ShardTally])[] } | null
}

/** A trigger's delivery, stored with its run, so that a repeated delivery finds the same run. */
export interface TriggerDelivery {
  readonly triggerId: string
  readonly deliveryKey: string
}

/** A delivery that starts a run. */
export interface NewDelivery extends TriggerDelivery {
  /** Number of triggers that led to the run, including this one. */
  readonly depth: number
  /** The commit that gets the state of the run. */
  readonly commitStatus?: CommitStatus | null
}

export interface NewRunOptions {
  readonly delivery?: NewDelivery | undefined
  /** Only shards that begin before this ordinal are sent at first; null or absent: all. */
  readonly sendLimit?: number | null
  /** Id of the subject's model, if the tenant added it. */
  readonly addedModel?: string | undefined
  /** Default: no limit, and no answers of other runs but for deterministic requests. */
  readonly calls?:
    | (Omit<RunCallSettings, 'answersOf'> & { readonly answersOf?: string; readonly keyId: string | null })
    | undefined
}

export interface RunReader {
  findRun(tenant: string, runId: string): Promise<RunRecord | null>
  /** Shards that begin in [first, end), in ordinal order, rows included. */
  readShards(tenant: string, runId: string, first: number, end: number): Promise<ShardRecord[]>
}

export interface RunCreation {
  /**
   * Inserts a run and its shards as `pending`. For a repeated delivery, or an id in use, inserts nothing and
   * returns the earlier run's id.
   * @throws {Fault} `not_found`, naming the field, if the dataset, eval, endpoint or added model was deleted
   *   meanwhile
   */
  createRun(
    run: NewRun,
    shards: readonly ShardRange[],
    options?: NewRunOptions,
  ): Promise<{ readonly created: boolean; readonly runId: string }>
}

/** A run, as the sharing of a queue sees it. */
export interface SendingRun {
  readonly tenant: string
  readonly runId: string
  /** Shards that were sent and have not ended. */
  readonly inFlight: number
  /** Whether it has a shard that may be sent now. */
  readonly isWaiting: boolean
  /** Most requests at once that its endpoint takes; null: unlimited, or no endpoint. */
  readonly concurrency: number | null
}

export interface ShardSending {
  /**
   * Runs of a queue with shards under way or to be sent, of all tenants; those without activity for longest
   * first.
   * @param perTenant - most runs of each tenant
   */
  sendingRuns(queue: WorkQueue, perTenant: number): Promise<SendingRun[]>
  /** Pending shards below the send limit that were never sent, in order. */
  unsentShards(tenant: string, runId: string, limit: number): Promise<number[]>
  markSent(tenant: string, runId: string, shards: readonly number[]): Promise<void>
  /** Shards that begin before this ordinal may be sent. The limit only grows. */
  raiseSendLimit(tenant: string, runId: string, ordinal: number): Promise<void>
}

export interface ShardLeases {
  /**
   * Compare-and-set: pending, or leased past expiry, of a run in progress. null: nothing to do for this
   * message.
   */
  claimShard(reference: ShardReference, token: string, leaseMilliseconds: number): Promise<ClaimedShard | null>
  /**
   * Extends a lease, or takes it again if it expired and no other attempt has it. Counts as activity of the
   * run.
   * @returns false if the shard or its run has ended: a result recorded now would be ignored
   */
  renewShard(claim: ClaimedShard, leaseMilliseconds: number): Promise<boolean>
  /**
   * Puts a shard back whose model answers nothing for a while. Does not count as an attempt. No shard of the
   * run is sent before `until`.
   */
  pauseShard(claim: ClaimedShard, reason: string, until: number): Promise<void>
  /** Sends no shard of the run before `until`, an hour from now at most. */
  pauseRun(claim: ClaimedShard, reason: string, until: number): Promise<void>
  /** Puts a shard back that goes on as soon as others had their turn. Does not count as an attempt. */
  yieldShard(claim: ClaimedShard): Promise<void>
  /** After an infrastructure fault. */
  releaseShard(claim: ClaimedShard, error: string): Promise<void>
}

/** Work that an endpoint answers later, see {@link DeferredModel}. */
export interface ShardSubmissions {
  /** Submissions of a shard, in order. At most the last is open. */
  submissionsOf(claim: ClaimedShard): Promise<Submission[]>
  /**
   * Written before anything is sent.
   * @returns false if the lease is lost, or another submission is open
   */
  beginSubmission(claim: ClaimedShard, id: string): Promise<boolean>
  /**
   * The next step may give it to the endpoint. Its time begins anew.
   * @returns false if the run has ended, or another attempt took it for lost
   */
  confirmSubmission(claim: ClaimedShard, id: string): Promise<boolean>
  /** The endpoint has taken it. */
  acceptSubmission(claim: ClaimedShard, id: string, externalId: string): Promise<void>
  /**
   * Notes since when the endpoint has not answered about it; null: it has.
   */
  noteReach(
    of: { readonly run: { readonly tenant: string; readonly id: string } },
    id: string,
    unreachedSince: number | null,
  ): Promise<void>
  endSubmission(of: { readonly run: { readonly tenant: string; readonly id: string } }, id: string): Promise<void>
  /** Open submissions of a run, with the ordinals of their shards. */
  openSubmissions(tenant: string, run: string): Promise<(ShardRange & { readonly submission: Submission })[]>
  /** Makes the next look at a submission due now: its results are there. */
  hurrySubmission(tenant: string, run: string, id: string): Promise<void>
  /** Gives the lease back until a submission may be answered. Does not count as an attempt. */
  submitShard(claim: ClaimedShard, pollAt: number): Promise<void>
}

/** A shard of an ended run that has no rows, though it was begun. */
export interface CutOffShard extends ShardRange {
  readonly shard: number
  /** Why it failed; null: the run ended first. */
  readonly failure: string | null
}

/** Answers that were paid for by shards without rows. */
export interface CutOffShards {
  /** Shards of an ended run without rows and without evidence, in order. */
  cutOffShards(tenant: string, runId: string, limit: number): Promise<CutOffShard[]>
  /** Those of these items about which the run paid for an answer. */
  paidItems(tenant: string, runId: string, items: readonly string[]): Promise<ReadonlySet<string>>
  /** Attaches evidence to such a shard. Repeatable: the first stays. */
  keepEvidence(tenant: string, runId: string, shard: number, evidenceKey: string): Promise<void>
}

/** Ends shards. Each method adds the merge job in the transaction that leaves no shard open. */
export interface ShardRecording {
  /**
   * The first attempt to finish wins, with or without the lease. Items after `result.end` become a pending
   * shard of their own. false: too late.
   */
  recordShard(claim: ClaimedShard, result: ShardResult): Promise<boolean>
  /**
   * Ends a shard that no attempt can finish: its items are errored. false: it has a live lease, or has ended.
   */
  failShard(reference: ShardReference, error: string): Promise<boolean>
  /** Fails every pending shard of a run, or only those claimed before. Returns their number. */
  failPendingShards(tenant: string, runId: string, error: string, which: 'all' | 'tried'): Promise<number>
  /** The first ordinal of the first open shard; null if none is open. */
  firstOpenOrdinal(tenant: string, runId: string): Promise<number | null>
  /** Ends open shards from this ordinal on, before which the run stops. Returns their number. */
  skipShardsFrom(tenant: string, runId: string, ordinal: number): Promise<number>
}

/** Ends runs. Each method adds the follow-up jobs, and changes nothing unless the run is in progress. */
export interface RunEnding {
  /** Report, leaderboard rows, jobs and terminal status, all or nothing. false: the run had ended. */
  publish(run: RunRecord, publication: Publication): Promise<boolean>
  cancel(tenant: string, runId: string): Promise<boolean>
  failRun(tenant: string, runId: string, error: RunError): Promise<boolean>
}

export interface RunVisibility {
  /**
   * Changes the run, its leaderboard rows and the visibility of its report, and adds the job that updates KV.
   * A report that another public run published stays public.
   * @param leaderboard - the rows of a completed run that becomes public
   * @returns false if the run's status changed since it was read: read it again
   */
  setVisibility(run: RunRecord, visibility: 'private' | 'public', leaderboard: readonly LeaderboardEntry[]): Promise<boolean>
}

export interface RunDeletion {
  /**
   * Deletes an ended, private run and its rows; its report too, unless another run has the same.
   * @returns false if it is in progress, public or gone
   */
  deleteRun(run: Pick<RunRecord, 'tenant' | 'id' | 'reportDigest'>): Promise<boolean>
}

export interface RunCompaction {
  /** Keys of the run's objects that a row refers to. Every other object of the run can be deleted. */
  referencedKeys(tenant: string, runId: string): Promise<Set<string>>
  /** Drops the shards' row blobs once their concatenation is stored at `rowsKey`. The first call wins. */
  compacted(tenant: string, runId: string, rowsKey: string): Promise<void>
}

/**
 * The transactional record of runs. Every method with changes is one D1 batch, and every change is
 * conditional: a duplicate, late or losing caller changes nothing, and the result says so.
 */
export interface RunStore
  extends
    RunReader,
    RunCreation,
    ShardSending,
    ShardLeases,
    ShardSubmissions,
    ShardRecording,
    CutOffShards,
    RunEnding,
    RunVisibility,
    RunDeletion,
    RunCompaction {}

/** The sweep's queries, across tenants. */
export interface SweepStore {
  /**
   * Makes shards with an expired lease pending and unsent, except those that {@link exhaustedShards} lists.
   */
  releaseExpiredLeases(maxAttempts: number): Promise<number>
  /**
   * Shards with an expired lease and at least `maxAttempts` claims: the shard itself probably crashes its
   * isolate.
   */
  exhaustedShards(maxAttempts: number, limit: number): Promise<ShardReference[]>
  /**
   * Runs with pending shards that were sent, and without a transition for `stallMilliseconds`, doubled per
   * resend.
   * @param mostDoublings - resends after which the wait no longer grows
   */
  stalledRuns(stallMilliseconds: number, mostDoublings: number, limit: number): Promise<StalledRun[]>
  /** Counts a resend and makes every pending shard of the run unsent. */
  markForResend(tenant: string, runId: string): Promise<void>
  /**
   * Runs in progress with no open shard below the send limit and some above it; `stalled`: for
   * `stallMilliseconds` already.
   */
  runsAtSendLimit(stallMilliseconds: number, limit: number): Promise<{ tenant: string; runId: string; stalled: boolean }[]>
  /**
   * Adds the merge job of every run in progress that has neither an open shard nor a merge job. Returns their
   * ids.
   */
  addMissingMerges(): Promise<string[]>
}

export interface StalledRun {
  readonly tenant: string
  readonly runId: string
  readonly queue: WorkQueue
  readonly resends: number
  /** Another run on the same queue makes progress, so this one may only be waiting its turn. */
  readonly queueAlive: boolean
  /** Some pending shard was claimed before. */
  readonly tried: boolean
}

export type RunBlobKind = 'evidence' | 'embeddings' | 'rows' | 'ranks'

/** Objects of runs in R2. */
export interface Blobs {
  /** Stores a proxy's scores at their hash, under the tenant, and returns the hash. Never deleted. */
  putScores(tenant: string, scores: Float64Array): Promise<string>
  /** @throws {Fault} `damaged` if absent */
  readScores(tenant: string, digest: string): Promise<Float64Array>
  /** Stores bytes at their hash, under the run, and returns the key. Idempotent. */
  putHashed(run: { readonly tenant: string; readonly id: string }, kind: RunBlobKind, bytes: Uint8Array): Promise<string>
  /** @throws {Fault} `damaged` if absent: an object that a row refers to must exist */
  get(key: string): Promise<Uint8Array>
  delete(keys: readonly string[]): Promise<void>
  /** Every key stored under a run. */
  keysOfRun(run: { readonly tenant: string; readonly id: string }): Promise<string[]>
}

/** Published, immutable reports. D1 is authoritative, KV a copy for public reads. */
export interface ReportStore {
  /** The canonical JSON of one of the tenant's reports, public or not; null if there is none. */
  body(tenant: string, digest: string): Promise<string | null>
  /**
   * A reader's view: a private report only within its tenant, a public one for everyone, including anonymous
   * readers (`null`).
   */
  visibleBody(tenant: string | null, digest: string): Promise<string | null>
  /** Whether a public run of any tenant published these bytes. */
  isPublic(digest: string): Promise<boolean>
  putCopy(digest: string, body: string): Promise<void>
  deleteCopy(digest: string): Promise<void>
}

export interface Queues {
  /**
   * Most messages of shards under way: twice the number of concurrent consumers, so that none waits for a
   * message, and a new run waits for few.
   */
  readonly capacity: Readonly<Record<WorkQueue, number>>
  sendShards(queue: WorkQueue, run: { readonly tenant: string; readonly runId: string }, shards: readonly number[]): Promise<void>
  sendJobs(jobIds: readonly string[]): Promise<void>
}

/** Opens dataset versions for reading. */
export interface DatasetOpener {
  /** @throws {Fault} `not_found` if the version was deleted */
  open(tenant: string, datasetId: string, digest: string): Promise<DatasetReader>
}

/** The model of a run, ready for the items [first, end). */
export type ModelFor = (run: RunRecord, range: ShardRange) => Promise<Model | DeferredModel>

/** A moment at which `npm run chaos` may kill the process. */
export type FailpointName =
  | 'after-evidence'
  | 'after-record'
  | 'before-merge'
  | 'after-publish'
  | 'before-webhook'
  | 'between-treatments'

/** Announces a {@link FailpointName} to the chaos test; does nothing in production. */
export interface Failpoints {
  failpoint(name: FailpointName): Promise<void>
}
