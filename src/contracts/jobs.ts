/**
 * Jobs: work that follows from a committed change. A job is a row of the outbox, inserted with the change. A
 * queue message refers to it, and a handler performs it at least once.
 * @module
 */

export type JobKind =
  | 'merge'
  | 'recall'
  | 'publish_copy'
  | 'compact'
  | 'recompute'
  | 'compare'
  | 'rank'
  | 'webhook'
  | 'commit_status'
  | 'import'

/** The run, import or comparison that a job belongs to. */
export interface JobResource {
  readonly kind: 'run' | 'import' | 'comparison'
  readonly id: string
}

export interface Job {
  readonly tenant: string
  readonly id: string
  readonly kind: JobKind
  readonly resource: JobResource
  /** Read only by the handler of the kind, which checks its shape. */
  readonly payload: unknown
  /** Number of attempts that ended in a failure. */
  readonly attempts: number
}

/** A leased job. */
export interface ClaimedJob extends Job {
  /** Token of the lease. A change with another token has no effect. */
  readonly token: string
  /** Number of starts, including this one. A start that neither succeeded nor failed crashed its isolate. */
  readonly claims: number
}

/** The end of one attempt. */
export type JobOutcome =
  | { readonly outcome: 'done' }
  /** Progress is stored and work remains: the job is sent again at once. */
  | { readonly outcome: 'continue' }
  /** Another attempt holds the lease. */
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'retry'; readonly delayMilliseconds: number; readonly error: string }
  /** No further attempt can succeed. */
  | { readonly outcome: 'give_up'; readonly error: string }

/** Performs jobs of one kind. */
export interface JobHandler {
  /**
   * One attempt. Repeatable: a job may be attempted again after it succeeded.
   * @throws on an infrastructure fault; the lease is released and the queue retries
   */
  perform(job: ClaimedJob): Promise<JobOutcome>
  /** Starts after which the job is given up, however they ended. Limits jobs that crash every isolate. */
  readonly mostClaims: number
  /** Crashed starts after which the job is given up, and the reason to record. Unlimited by default. */
  readonly crashes?: { readonly most: number; reason(crashes: number): string }
  /** Records the failure of the job's run or import, before the job is given up. */
  giveUp?(job: Job, reason: string): Promise<void>
  /** Whether a fault would recur at every attempt. */
  isFinal?(error: unknown): boolean
  /** A job whose queue deliveries are used up is given up for this reason; otherwise it is postponed. */
  readonly deadLetterReason?: string
}

export type JobHandlers = Readonly<Record<JobKind, JobHandler>>

/** The outbox. */
export interface JobStore {
  /** Compare-and-set: pending, due and not leased. null: nothing to do for this message. */
  claimJob(jobId: string, token: string, leaseMilliseconds: number): Promise<ClaimedJob | null>
  /** Extends a lease, unless another attempt has taken the job. */
  renewJob(job: ClaimedJob, leaseMilliseconds: number): Promise<void>
  finishJob(job: ClaimedJob): Promise<void>
  /** After a failed attempt: counted, and due again at `dueAt`. */
  postponeJob(job: ClaimedJob, dueAt: number, error: string): Promise<void>
  /** After an attempt that made progress: due at once, under a new message. */
  yieldJob(job: ClaimedJob): Promise<void>
  /** After an infrastructure fault: due at once; its message is still in flight. */
  releaseJob(job: ClaimedJob, error: string, options: { readonly countsAsAttempt: boolean }): Promise<void>
  /** Postpones a job that is not leased. */
  deferJob(jobId: string, dueAt: number): Promise<void>
  /** Ends a pending job without success. */
  killJob(jobId: string, error: string): Promise<void>
  /** A pending job that is not leased. */
  findJob(jobId: string): Promise<(Job & { readonly lastError: string | null }) | null>
  /**
   * Jobs to send, the longest due first: pending, due, not leased, and without a message that could still
   * arrive.
   */
  unsentJobs(limit: number): Promise<string[]>
  unsentJobsOf(tenant: string, resourceId: string): Promise<string[]>
  /** Called after sending: a crash in between sends a message twice but never loses one. */
  markJobsSent(jobIds: readonly string[]): Promise<void>
}
