/**
 * The sweep: once a minute, whatever was promised and not kept is taken up again. Every step is bounded and repeatable, and none
 * waits for another to succeed.
 * @module
 */
import type { Engine } from '../contracts/ports.ts'
import { fanOut, sendJobs } from './fan-out.ts'
import { resumeRun } from './continue-run.ts'

const RUNS_A_TICK = 50
const SHARDS_A_TICK = 500
const JOBS_A_TICK = 100
/** Few: each takes a transaction of its own, and an invocation has a thousand statements. */
const EXHAUSTED_A_TICK = 50
const UPLOADS_A_TICK = 20
/** Crashed imports, and as many times three hundred objects. */
const CLAIMS_A_TICK = 20
/** Of each table: far more than a minute brings, and far less than a statement may take. */
const PRUNED_A_TICK = 500
const MAX_RESENDS = 5
/** Attempts at a shard after which a holder that vanishes is blamed on the shard: its memory, its time. */
const MAX_ATTEMPTS = 10

export interface SweepSummary {
  leasesReleased: number
  shardsSent: number
  runsResent: number
  wavesResumed: number
  shardsFailed: number
  mergesOwed: number
  jobsSent: number
  uploadsExpired: number
  objectsCollected: number
  rowsPruned: number
}

/** @throws {AggregateError} of what went wrong, after every step has had its turn. */
export async function sweep(engine: Engine): Promise<SweepSummary> {
  const summary = {
    leasesReleased: 0,
    shardsSent: 0,
    runsResent: 0,
    wavesResumed: 0,
    shardsFailed: 0,
    mergesOwed: 0,
    jobsSent: 0,
    uploadsExpired: 0,
    objectsCollected: 0,
    rowsPruned: 0,
  }
  const errors: unknown[] = []
  for (const step of [
    failExhausted,
    releaseLeases,
    resendStalled,
    resumeBetweenWaves,
    sendShards,
    oweMerges,
    sendDueJobs,
    expireUploads,
    collectObjects,
    prune,
  ]) {
    try {
      await step(engine, summary)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `sweep: ${errors.map(String).join('; ')}`)
  return summary
}

/** A shard whose holders keep vanishing throws nothing and is never dead-lettered: it would be tried for ever. */
async function failExhausted(engine: Engine, summary: SweepSummary): Promise<void> {
  for (const shard of await engine.sweeper.exhaustedShards(MAX_ATTEMPTS, EXHAUSTED_A_TICK))
    if (await engine.runs.failShard(shard, `given up after ${MAX_ATTEMPTS} attempts, the last of which vanished`))
      summary.shardsFailed += 1
}

async function releaseLeases(engine: Engine, summary: SweepSummary): Promise<void> {
  summary.leasesReleased = await engine.sweeper.releaseExpiredLeases(MAX_ATTEMPTS)
}

/**
 * Each resend doubles the wait for the next: a slow queue is not a lost one. Nor is one that is busy with another run. A shard that no
 * consumer ever claimed says nothing about itself, only about its queue: it is sent again for as long as it takes.
 */
async function resendStalled(engine: Engine, summary: SweepSummary): Promise<void> {
  const stalled = await engine.sweeper.stalledRuns(engine.stallMilliseconds, MAX_RESENDS, RUNS_A_TICK)
  for (const { tenant, runId, resends, queueAlive, tried } of stalled) {
    if (resends >= MAX_RESENDS && !queueAlive && tried) {
      const reason = `no progress after ${MAX_RESENDS} resends`
      summary.shardsFailed += await engine.runs.failPendingShards(tenant, runId, reason, 'tried')
    } else {
      await engine.sweeper.oweResend(tenant, runId)
      summary.runsResent += 1
    }
  }
}

/** A consumer that died after its wave's last shard was recorded, or a last shard that failed, leaves nobody to send the next one. */
async function resumeBetweenWaves(engine: Engine, summary: SweepSummary): Promise<void> {
  const errors: unknown[] = []
  for (const { tenant, runId, stalled } of await engine.sweeper.runsBetweenWaves(engine.stallMilliseconds, RUNS_A_TICK))
    try {
      const run = await engine.runs.findRun(tenant, runId)
      if (run !== null) await resumeRun(engine, run)
      summary.wavesResumed += 1
    } catch (error) {
      errors.push(error)
      // What keeps it from deciding will keep the merge from it, too, which ends the run; no subject need be asked more for that.
      if (stalled)
        summary.shardsFailed += await engine.runs.failPendingShards(
          tenant,
          runId,
          `the next wave cannot be decided: ${String(error)}`,
          'all',
        )
    }
  if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('; '))
}

async function sendShards(engine: Engine, summary: SweepSummary): Promise<void> {
  for (const run of await engine.sweeper.runsWithUnsentShards(RUNS_A_TICK)) {
    if (summary.shardsSent >= SHARDS_A_TICK) return
    summary.shardsSent += await fanOut(engine, run, SHARDS_A_TICK - summary.shardsSent)
  }
}

async function oweMerges(engine: Engine, summary: SweepSummary): Promise<void> {
  summary.mergesOwed = (await engine.sweeper.oweMissingMerges()).length
}

async function sendDueJobs(engine: Engine, summary: SweepSummary): Promise<void> {
  summary.jobsSent = await sendJobs(engine, await engine.jobs.unsentJobs(JOBS_A_TICK))
}

async function expireUploads(engine: Engine, summary: SweepSummary): Promise<void> {
  summary.uploadsExpired = await engine.expireUploads(UPLOADS_A_TICK)
}

async function collectObjects(engine: Engine, summary: SweepSummary): Promise<void> {
  summary.objectsCollected = await engine.collectObjects(CLAIMS_A_TICK)
}

async function prune(engine: Engine, summary: SweepSummary): Promise<void> {
  summary.rowsPruned = await engine.sweeper.prune(PRUNED_A_TICK)
}
