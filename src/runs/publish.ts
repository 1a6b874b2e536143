/**
 * Publishing: one transaction that makes the result true, then copies of it for readers, each repeatable.
 * @module
 */
import type { DatasetVersion } from '../contracts/dataset.ts'
import type { Engine, LeaderboardEntry } from '../contracts/ports.ts'
import type { Report } from '../contracts/report.ts'
import type { RunRecord } from '../contracts/run.ts'
import { criterionFor } from '../criteria/criterion.ts'
import { subjectName } from '../report/subject-name.ts'
import type { FoldedRun } from './fold-run.ts'

/** Commits the report, its leaderboard rows, what is owed afterwards and the terminal status, all or nothing. */
export async function publishRun(engine: Engine, run: RunRecord, { version, report, body, digest }: FoldedRun): Promise<void> {
  const leaderboard = run.visibility === 'public' ? leaderboardEntries(run, version, report) : []
  const won = await engine.ledger.publish(run, { reportDigest: digest, reportBody: body, leaderboard })
  if (won) await engine.failpoint('after-publish')
}

function leaderboardEntries(run: RunRecord, version: DatasetVersion, report: Report): LeaderboardEntry[] {
  const subject = subjectName(run.spec.subject)
  const { prediction_powered: powered } = report
  return report.criteria.flatMap(({ name, primary_metric: primary, metrics }, index) =>
    [primary, ...(criterionFor(run.spec.criteria[index]!).alsoListed ?? [])].flatMap((listed) => {
      const estimate = listed === primary && powered?.criterion === name ? powered.estimate : undefined
      const value = estimate ?? metrics.find(({ metric, slice }) => metric === listed && slice === undefined)
      return value ? [{ criterion: name, dataset: version.name, subject, value }] : []
    }),
  )
}

/** Copies a published report to where anyone reads it cheaply. Readers ask the ledger first, since KV remembers misses. */
export async function copyReport(engine: Engine, tenant: string, runId: string): Promise<void> {
  const run = await engine.ledger.findRun(tenant, runId)
  if (!run?.reportDigest || run.visibility !== 'public') return
  const body = await engine.publisher.readReportBody(tenant, run.reportDigest)
  if (body === null) throw new Error(`run ${runId}: report ${run.reportDigest} is not in the ledger`)
  await engine.publisher.putReport(run.reportDigest, body)
}
