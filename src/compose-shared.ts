/**
 * Parts used by more than one door. Each function builds one adapter, or a few that belong together. Adapters
 * hold only bindings, so building one is cheap.
 * @module
 */
import { uuidv7 } from 'uuidv7'
import type { Clock, Failpoints } from './contracts/ports.ts'
import { createEgress, type Egress } from './egress/egress.ts'
import { type Env, FIRST_TENANT, readSettings, type Settings } from './env.ts'
import type { LeaseDependencies } from './jobs/keep-alive.ts'
import { createComparisonStore } from './storage/catalogue/comparison-store.ts'
import { createDatasetStore } from './storage/dataset-store.ts'
import { guardStorage } from './storage/guarded-bindings.ts'
import { createJobStore } from './storage/job-store.ts'
import { createObjectClaims, type ObjectClaims } from './storage/object-claims.ts'
import { createBlobs } from './storage/objects.ts'
import { createLeaderboardPairs } from './storage/leaderboard-pairs.ts'
import { createManifestStore } from './storage/manifest-store.ts'
import { createQueues } from './storage/queues.ts'
import { createRecomputationStore } from './storage/recomputation-store.ts'
import { createReportStore } from './storage/report-store.ts'
import { createRunEventStore } from './storage/run-event-store.ts'
import { createSignedLinks } from './storage/signed-links.ts'
import { createRunStore } from './storage/runs/run-store.ts'
import { createSealer } from './storage/sealed-secret.ts'
import { createSigningKeys } from './storage/signing-keys.ts'

export const clock: Clock = { now: () => Date.now() }

/** 32 hex digits that sort by time of creation. */
export const newId = () => uuidv7().replaceAll('-', '')

export const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** The bindings and variables of one invocation. */
export interface Deployment {
  readonly env: Env
  readonly settings: Settings
}

/** @throws {Fault} `unavailable` if a variable is wrong */
export function deploymentOf(env: Env): Deployment {
  return { settings: readSettings(env), env: guardStorage(env) }
}

/** The stores used by every operation on runs. */
export function runStores({ env, settings }: Deployment) {
  const { leaseMilliseconds } = settings
  return {
    runs: createRunStore(env.DB, clock, leaseMilliseconds),
    // A message that no consumer has begun within the time of a lease counts as lost: local queues die with
    // their process.
    jobs: createJobStore(env.DB, clock, { resendMilliseconds: Math.min(leaseMilliseconds, 60_000), leaseMilliseconds }),
    blobs: createBlobs(env.OBJECTS),
    reports: createReportStore(env.DB, env.PUBLISHED),
    events: createRunEventStore(env.DB, clock),
    manifests: createManifestStore(env.DB),
    recomputations: createRecomputationStore(env.DB, clock),
    comparisons: createComparisonStore(env.DB, clock),
    leaderboardPairs: createLeaderboardPairs(env.DB, clock),
    signingKeys: createSigningKeys(env.DB, createSealer(env.SECRETS_KEY), clock, FIRST_TENANT),
    queues: createQueues(
      { edge: env.EDGE_QUEUE, endpoint: env.ENDPOINT_QUEUE, control: env.CONTROL_QUEUE },
      settings.messagesUnderWay,
    ),
  }
}

export const objectClaims = ({ env }: Deployment) => createObjectClaims(env.DB, env.OBJECTS, clock)

export const datasetStore = ({ env }: Deployment, claims: ObjectClaims) =>
  createDatasetStore(env.DB, env.OBJECTS, clock, () => `ds_${newId()}`, claims)

export const signedLinksOf = ({ env, settings }: Deployment) => createSignedLinks(env.SECRETS_KEY, settings.publicUrl, clock)

export function egressOf({ env, settings }: Deployment): Egress {
  const { LOOPBACK: loopback } = env
  return createEgress({
    fetch: (url, init) => fetch(url, init),
    ...(loopback === undefined ? {} : { loopbackFetch: (url: string, init: RequestInit) => loopback.fetch(url, init) }),
    ownHosts: settings.ownHosts,
  })
}

export function leases({ settings }: Deployment): LeaseDependencies {
  return {
    leaseMilliseconds: settings.leaseMilliseconds,
    newToken: () => crypto.randomUUID(),
    every: (milliseconds, action) => {
      const timer = setInterval(() => void action(), milliseconds)
      return () => clearInterval(timer)
    },
  }
}

export function failpoints({ env }: Deployment): Failpoints {
  return {
    failpoint: async (name) => {
      if (env.FAILPOINT_URL && env.LOOPBACK) await env.LOOPBACK.fetch(`${env.FAILPOINT_URL}?name=${name}`)
    },
  }
}
