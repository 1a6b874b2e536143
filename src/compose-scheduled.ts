/**
 * Composition of the scheduled door: the steps of the sweep.
 * @module
 */
import { clock, datasetStore, deploymentOf, newId, objectClaims, runStores } from './compose-shared.ts'
import type { Env } from './env.ts'
import { sendDueJobs } from './jobs/send-jobs.ts'
import type { SweepStep } from './jobs/sweep.ts'
import { sweepRuns } from './runs/sweep.ts'
import { pruneAnswers } from './storage/answer-pruning.ts'
import { createFileStore } from './storage/file-store.ts'
import { prune } from './storage/pruning.ts'
import { createSweepStore } from './storage/sweep-store.ts'
import { createUploadSessions } from './storage/upload-sessions.ts'

const JOBS_PER_TICK = 100
const UPLOADS_PER_TICK = 20
const FILES_PER_TICK = 20
/** Most claims released per tick; each stands for up to three hundred objects. */
const CLAIMS_PER_TICK = 20
/** Most rows per kind: far more than arrive in a minute, and few enough for one statement. */
const PRUNED_PER_TICK = 500
/** R2 deletes at most 1000 keys per call. */
const ANSWERS_PER_TICK = 500

/** In order of execution. */
export function composeScheduled(bindings: Env): readonly SweepStep[] {
  const deployment = deploymentOf(bindings)
  const { env, settings } = deployment
  const retention = settings.answerRetentionMilliseconds
  const stores = runStores(deployment)
  const claims = objectClaims(deployment)
  const uploadSessions = createUploadSessions(env.DB, env.OBJECTS, clock, newId, claims)
  const files = createFileStore(env.DB, env.OBJECTS, clock, claims)
  return [
    ...sweepRuns({
      ...stores,
      datasets: datasetStore(deployment, claims),
      sweeps: createSweepStore(env.DB, clock, settings.leaseMilliseconds),
      stallMilliseconds: settings.stallMilliseconds,
    }),
    async () => ({ jobsSent: await sendDueJobs(stores, JOBS_PER_TICK) }),
    async () => ({ uploadsExpired: await uploadSessions.expire(UPLOADS_PER_TICK) }),
    async () => ({ filesExpired: await files.expire(FILES_PER_TICK) }),
    async () => ({ objectsCollected: await claims.sweep(CLAIMS_PER_TICK) }),
    async () => ({ answersPruned: await pruneAnswers(env.DB, env.OBJECTS, clock, { retention, limit: ANSWERS_PER_TICK }) }),
    async () => ({ rowsPruned: await prune(env.DB, clock, PRUNED_PER_TICK) }),
  ]
}
