/**
 * The sweep: once a minute, whatever was promised and not kept is taken up again. Every step is bounded and repeatable.
 * @module
 */
import type { Engine } from '../contracts/ports.ts'
import { fanOut } from './fan-out.ts'
import { sendJobsOf } from './jobs.ts'

const RUNS_A_TICK = 50
const RESENT_SHARDS_A_TICK = 500
const JOBS_A_TICK = 100
const MAX_RESENDS = 5

export interface SweepSummary {
  readonly leasesReleased: number
  readonly shardsSent: number
  readonly shardsResent: number
  readonly shardsFailed: number
  readonly mergesOwed: number
  readonly jobsSent: number
}

export async function sweep(engine: Engine): Promise<SweepSummary> {
  const { sweeper, ledger, jobs, queues } = engine
  const leasesReleased = await sweeper.releaseExpiredLeases()

  let shardsSent = 0
  for (const run of await sweeper.runsWithUnsentShards(RUNS_A_TICK)) shardsSent += await fanOut(engine, run)

  let shardsResent = 0
  let shardsFailed = 0
  for (const run of await sweeper.stalledRuns(engine.clock.now() - engine.stallMilliseconds, RUNS_A_TICK)) {
    // Each resend doubles the wait for the next: a slow queue is not a lost one.
    if (engine.clock.now() - run.transitionAt < engine.stallMilliseconds * 2 ** run.resends) continue
    const open = await sweeper.openShards(run.tenant, run.runId, RESENT_SHARDS_A_TICK - shardsResent)
    if (run.resends >= MAX_RESENDS) {
      for (const shard of open)
        if (await ledger.failShard({ run: run.runId, shard }, `no progress after ${MAX_RESENDS} resends`)) shardsFailed += 1
      await sendJobsOf(engine, run.tenant, run.runId)
      continue
    }
    await queues.sendShards(run.queue, run.runId, open)
    await sweeper.noteResend(run.tenant, run.runId)
    shardsResent += open.length
    if (shardsResent >= RESENT_SHARDS_A_TICK) break
  }

  const merges = await sweeper.oweMissingMerges()
  const due = await jobs.dueJobs(JOBS_A_TICK)
  for (const job of due) await queues.sendJob(job)
  return { leasesReleased, shardsSent, shardsResent, shardsFailed, mergesOwed: merges.length, jobsSent: due.length }
}
