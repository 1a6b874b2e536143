/**
 * The sweep's steps for runs: leases of crashed holders, lost messages, and next steps that were not taken.
 * @module
 */
import type { RunStore, SweepStore } from '../contracts/ports.ts'
import { WORK_QUEUES } from '../contracts/run.ts'
import type { SweepCounts, SweepStep } from '../jobs/sweep.ts'
import { type ContinueRunDependencies, resumeRun } from './continue-run.ts'
import { fanOut } from './fan-out.ts'

export type SweepRunsDependencies = ContinueRunDependencies & {
  readonly runs: Pick<RunStore, 'findRun' | 'failShard' | 'failPendingShards'>
  readonly sweeps: SweepStore
  /** Time without activity after which a run's messages count as lost. */
  readonly stallMilliseconds: number
}

const RUNS_PER_TICK = 50
const SHARDS_PER_TICK = 500
/** Few: each takes a transaction, and an invocation has a thousand statements. */
const EXHAUSTED_PER_TICK = 50
const MAX_RESENDS = 5
/** Number of attempts after which a shard is blamed for its vanished holders. */
const MAX_ATTEMPTS = 10

/** In order of execution. */
export function sweepRuns(dependencies: SweepRunsDependencies): readonly SweepStep[] {
  return [failExhausted, releaseLeases, resendStalled, continueRuns, sendShards, addMerges].map(
    (step) => () => step(dependencies),
  )
}

/**
 * A shard whose holders keep vanishing throws no error and is never dead-lettered: it would be attempted for
 * ever.
 */
async function failExhausted({ runs, sweeps }: SweepRunsDependencies): Promise<SweepCounts> {
  let shardsFailed = 0
  for (const shard of await sweeps.exhaustedShards(MAX_ATTEMPTS, EXHAUSTED_PER_TICK))
    if (await runs.failShard(shard, `given up after ${MAX_ATTEMPTS} attempts, the last of which vanished`)) shardsFailed++
  return { shardsFailed }
}

async function releaseLeases({ sweeps }: SweepRunsDependencies): Promise<SweepCounts> {
  return { leasesReleased: await sweeps.releaseExpiredLeases(MAX_ATTEMPTS) }
}

/**
 * Each resend doubles the wait for the next: a slow queue, or one busy with another run, has lost nothing. A
 * shard that was never claimed says nothing about itself, only about its queue, so it is sent again without
 * limit.
 */
async function resendStalled({ runs, sweeps, stallMilliseconds }: SweepRunsDependencies): Promise<SweepCounts> {
  let shardsFailed = 0
  let runsResent = 0
  const stalled = await sweeps.stalledRuns(stallMilliseconds, MAX_RESENDS, RUNS_PER_TICK)
  for (const { tenant, runId, resends, queueAlive, tried } of stalled) {
    if (resends >= MAX_RESENDS && !queueAlive && tried) {
      const reason = `no progress after ${MAX_RESENDS} resends`
      shardsFailed += await runs.failPendingShards(tenant, runId, reason, 'tried')
    } else {
      await sweeps.markForResend(tenant, runId)
      runsResent++
    }
  }
  return { shardsFailed, runsResent }
}

/**
 * A run waits if a consumer crashed after the last shard below the send limit, or if the last shard failed.
 */
async function continueRuns(dependencies: SweepRunsDependencies): Promise<SweepCounts> {
  const { runs, sweeps, stallMilliseconds } = dependencies
  let runsContinued = 0
  let shardsFailed = 0
  const errors: unknown[] = []
  for (const { tenant, runId, stalled } of await sweeps.runsAtSendLimit(stallMilliseconds, RUNS_PER_TICK))
    try {
      const run = await runs.findRun(tenant, runId)
      if (run !== null) await resumeRun(dependencies, run)
      runsContinued++
    } catch (error) {
      errors.push(error)
      // The merge would fail for the same reason and end the run. Its model need not be asked again.
      const reason = `the next shards cannot be decided: ${String(error)}`
      if (stalled) shardsFailed += await runs.failPendingShards(tenant, runId, reason, 'all')
    }
  if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('; '))
  return { runsContinued, shardsFailed }
}

async function sendShards(dependencies: SweepRunsDependencies): Promise<SweepCounts> {
  let shardsSent = 0
  for (const queue of WORK_QUEUES) shardsSent += await fanOut(dependencies, queue, SHARDS_PER_TICK)
  return { shardsSent }
}

async function addMerges({ sweeps }: SweepRunsDependencies): Promise<SweepCounts> {
  return { mergesAdded: (await sweeps.addMissingMerges()).length }
}
