/**
 * Publishing a run afterwards, and taking a published one down.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Engine, LeaderboardEntry } from '../contracts/ports.ts'
import type { Report } from '../contracts/report.ts'
import type { RunRecord } from '../contracts/run.ts'
import { sendJobsOf } from './fan-out.ts'
import { leaderboardEntries } from './publish.ts'

const TRIES = 3

/**
 * Leaderboard, report and KV copy follow. Repeatable.
 * @throws {Fault} `not_found`, or `conflict` when a run is to be published whose dataset was deleted.
 */
export async function changeVisibility(
  engine: Engine,
  tenant: string,
  runId: string,
  visibility: 'private' | 'public',
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const run = await engine.runs.findRun(tenant, runId)
    if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
    if (run.visibility === visibility) return sendJobsOf(engine, tenant, runId).then(() => {})
    const leaderboard = visibility === 'public' ? await entriesOf(engine, run) : []
    // The run may have ended since it was looked up: then it has other rows.
    if (await engine.runs.setVisibility(run, visibility, leaderboard)) {
      await sendJobsOf(engine, tenant, runId)
      return
    }
  }
  throw new Fault({ kind: 'conflict', detail: `run ${runId} is changing at this moment`, retryAfterSeconds: 1 })
}

/** Rows of a run in progress come with its report. */
async function entriesOf(engine: Engine, run: RunRecord): Promise<LeaderboardEntry[]> {
  if (run.status !== 'completed' || run.reportDigest === null) return []
  const body = await engine.publisher.readReportBody(run.tenant, run.reportDigest)
  if (body === null) throw new Error(`run ${run.id}: report ${run.reportDigest} is not in the database`)
  const { version } = await engine.openDataset(run.tenant, run.datasetId, run.spec.dataset.digest).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.failure.kind !== 'not_found') throw error
    const detail = `the dataset of run ${run.id} was deleted: the leaderboard would name a dataset that cannot be looked up`
    throw new Fault({ kind: 'conflict', detail, pointer: '/visibility' }, { cause: error })
  })
  return leaderboardEntries(run, version.name, JSON.parse(body) as Report)
}
