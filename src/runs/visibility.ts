/**
 * Publishes a run afterwards, or withdraws a published one.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { DatasetOpener, LeaderboardEntry, ReportStore, RunStore } from '../contracts/ports.ts'
import type { Report } from '../contracts/report.ts'
import type { RunRecord } from '../contracts/run.ts'
import { sendJobsOf, type SendJobsDependencies } from '../jobs/send-jobs.ts'
import { leaderboardEntries } from './publish.ts'

export interface VisibilityDependencies extends SendJobsDependencies {
  readonly runs: Pick<RunStore, 'findRun' | 'setVisibility'>
  readonly reports: Pick<ReportStore, 'body'>
  readonly datasets: DatasetOpener
}

const TRIES = 3

/**
 * Also updates leaderboard, report and KV copy. Repeatable.
 * @throws {Fault} `not_found`, or `conflict` for publishing a run whose dataset was deleted
 */
export async function changeVisibility(
  dependencies: VisibilityDependencies,
  tenant: string,
  runId: string,
  visibility: 'private' | 'public',
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const run = await dependencies.runs.findRun(tenant, runId)
    if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
    if (run.visibility === visibility) return sendJobsOf(dependencies, tenant, runId).then(() => {})
    const leaderboard = visibility === 'public' ? await entriesOf(dependencies, run) : []
    // The run may have ended since it was read, and then has other rows.
    if (await dependencies.runs.setVisibility(run, visibility, leaderboard)) {
      await sendJobsOf(dependencies, tenant, runId)
      return
    }
  }
  throw new Fault({ kind: 'conflict', detail: `run ${runId} is changing at this moment`, retryAfterSeconds: 1 })
}

/** Rows of a run in progress are written with its report. */
async function entriesOf({ reports, datasets }: VisibilityDependencies, run: RunRecord): Promise<LeaderboardEntry[]> {
  if (run.status !== 'completed' || run.reportDigest === null) return []
  const body = await reports.body(run.tenant, run.reportDigest)
  if (body === null) throw new Error(`run ${run.id}: report ${run.reportDigest} is not in the database`)
  const { version } = await datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.failure.kind !== 'not_found') throw error
    const detail = `the dataset of run ${run.id} was deleted: the leaderboard would name a dataset that cannot be looked up`
    throw new Fault({ kind: 'conflict', detail, pointer: '/visibility' }, { cause: error })
  })
  return leaderboardEntries(run, version.name, JSON.parse(body) as Report)
}
