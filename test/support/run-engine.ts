/**
 * The run engine for tests: the test decides everything that time and chance decide elsewhere. Used by the
 * simulation (SQLite, one statement at a time), by the engine over SQLite and by the one in workerd.
 */
import type { ClaimedJob, JobHandler, JobHandlers, JobOutcome, JobStore } from '../../src/contracts/jobs.ts'
import type {
  Blobs,
  Clock,
  DatasetOpener,
  Failpoints,
  ModelFor,
  Queues,
  ReportStore,
  RunStore,
  ShardReference,
  SweepStore,
} from '../../src/contracts/ports.ts'
import { sha256Hex } from '../../src/contracts/digest.ts'
import type { LeaderboardPairs } from '../../src/contracts/leaderboard-pairs.ts'
import type { ManifestStore, SigningKeys } from '../../src/contracts/manifest.ts'
import type { RecomputationStore } from '../../src/contracts/recomputation.ts'
import type { ComparisonStore } from '../../src/contracts/comparison-store.ts'
import type { RunEventStore } from '../../src/contracts/run-events.ts'
import type { LeaseDependencies } from '../../src/jobs/keep-alive.ts'
import { sendDueJobs } from '../../src/jobs/send-jobs.ts'
import { sweep as sweepSteps, type SweepCounts } from '../../src/jobs/sweep.ts'
import * as outbox from '../../src/jobs/work-job.ts'
import { runJobHandlers } from '../../src/runs/job-handlers.ts'
import { sweepRuns } from '../../src/runs/sweep.ts'
import { createComparisonStore } from '../../src/storage/catalogue/comparison-store.ts'
import { createJobStore } from '../../src/storage/job-store.ts'
import { createLeaderboardPairs } from '../../src/storage/leaderboard-pairs.ts'
import { createManifestStore } from '../../src/storage/manifest-store.ts'
import { createRecomputationStore } from '../../src/storage/recomputation-store.ts'
import { createReportStore } from '../../src/storage/report-store.ts'
import { createRunEventStore } from '../../src/storage/run-event-store.ts'
import { createRunStore } from '../../src/storage/runs/run-store.ts'
import { createSealer } from '../../src/storage/sealed-secret.ts'
import { createSigningKeys } from '../../src/storage/signing-keys.ts'
import { createSweepStore } from '../../src/storage/sweep-store.ts'

/** Everything that some verb on runs needs. A test of one verb needs less. */
export interface TestEngine extends LeaseDependencies, Failpoints {
  readonly clock: Clock
  readonly runs: RunStore
  readonly jobs: JobStore
  readonly sweeps: SweepStore
  readonly blobs: Blobs
  readonly reports: ReportStore
  readonly manifests: ManifestStore
  readonly events: RunEventStore
  readonly recomputations: RecomputationStore
  readonly comparisons: ComparisonStore
  readonly leaderboardPairs: LeaderboardPairs
  readonly signingKeys: SigningKeys
  readonly queues: Queues
  readonly datasets: DatasetOpener
  readonly modelFor: ModelFor
  readonly stallMilliseconds: number
  /** Attempts the delivery of a webhook. */
  deliverWebhook(job: ClaimedJob): Promise<JobOutcome>
  readonly importHandler?: JobHandler
}

export interface EngineSettings {
  readonly lease: number
  readonly stall: number
}

/** 32 bytes in base64. */
export const SEALING_KEY = btoa('a key of 32 bytes for the tests.')

/** The stores over D1, or over SQLite behind D1's interface. */
export function storesOver(db: D1Database, clock: Clock, { lease, stall }: EngineSettings) {
  return {
    clock,
    runs: createRunStore(db, clock, lease),
    jobs: createJobStore(db, clock, { resendMilliseconds: lease, leaseMilliseconds: lease }),
    sweeps: createSweepStore(db, clock, lease),
    manifests: createManifestStore(db),
    events: createRunEventStore(db, clock),
    recomputations: createRecomputationStore(db, clock),
    comparisons: createComparisonStore(db, clock),
    leaderboardPairs: createLeaderboardPairs(db, clock),
    signingKeys: createSigningKeys(db, createSealer(SEALING_KEY), clock, 't'),
    leaseMilliseconds: lease,
    stallMilliseconds: stall,
  }
}

export interface MemoryBlobsOptions {
  readonly proxy?: Float64Array | undefined
  deleted?(keys: number): void
  /** Awaited after each change. */
  done?(): Promise<void>
}

/** Objects in memory. @param io - awaited before each operation, as a network would be. */
export function memoryBlobs(
  objects: Map<string, Uint8Array>,
  io: () => Promise<void> = async () => {},
  { proxy, deleted = () => {}, done = async () => {} }: MemoryBlobsOptions = {},
): Blobs {
  return {
    putHashed: async (run, kind, bytes) => {
      await io()
      const key = `${run.id}/${kind}/${await sha256Hex(bytes)}`
      objects.set(key, bytes)
      await done()
      return key
    },
    get: async (key) => {
      await io()
      const bytes = objects.get(key)
      if (bytes === undefined) throw new Error(`object ${key} is missing`)
      return bytes
    },
    delete: async (keys) => {
      await io()
      for (const key of keys) objects.delete(key)
      deleted(keys.length)
      await done()
    },
    putScores: () => Promise.reject(new Error('no run here is a proxy')),
    readScores: async () => {
      await io()
      if (proxy === undefined) throw new Error('no run here has a proxy')
      return proxy
    },
    keysOfRun: async (run) => [...objects.keys()].filter((key) => key.startsWith(`${run.id}/`)),
  }
}

/** Reports in `db`, and their copies in memory. */
export function memoryReports(
  db: D1Database,
  published: Map<string, string>,
  io: () => Promise<void> = async () => {},
): ReportStore {
  const store = createReportStore(db, {} as KVNamespace)
  return {
    ...store,
    putCopy: async (digest, body) => {
      await io()
      published.set(digest, body)
    },
    deleteCopy: async (digest) => {
      published.delete(digest)
    },
  }
}

/** Messages in the test's hands. @param io - awaited before each send. */
export function heldQueues(
  send: { shard(reference: ShardReference): void; job(id: string): void },
  io: () => Promise<void> = async () => {},
): Queues {
  return {
    capacity: { edge: 256, endpoint: 32 },
    sendShards: async (_queue, { tenant, runId }, shards) => {
      await io()
      for (const shard of shards) send.shard({ tenant, run: runId, shard })
    },
    sendJobs: async (jobs) => {
      await io()
      for (const job of jobs) send.job(job)
    },
  }
}

const NO_STATUS: JobHandler = { mostClaims: 100, perform: () => Promise.reject(new Error('no commit status here')) }
const NO_IMPORTS: JobHandler = { mostClaims: 20, perform: () => Promise.reject(new Error('no import here')) }

function handlersOf(engine: TestEngine): JobHandlers {
  return {
    ...runJobHandlers(engine),
    webhook: {
      mostClaims: 100,
      perform: async (job) => {
        await engine.failpoint('before-webhook')
        return engine.deliverWebhook(job)
      },
    },
    commit_status: NO_STATUS,
    import: engine.importHandler ?? NO_IMPORTS,
  }
}

export const workJob = (engine: TestEngine, job: string) => outbox.workJob({ ...engine, handlers: handlersOf(engine) }, job)

export const handleDeadJob = (engine: TestEngine, job: string) =>
  outbox.handleDeadJob({ ...engine, handlers: handlersOf(engine) }, job)

/** The sweep's steps for runs and jobs. */
export const sweep = (engine: TestEngine): Promise<SweepCounts> =>
  sweepSteps([...sweepRuns(engine), async () => ({ jobsSent: await sendDueJobs(engine, 100) })])
