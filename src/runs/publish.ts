/**
 * Publishing: one transaction for the result, then repeatable copies for readers.
 * @module
 */
import type { GateResult } from '../contracts/gate.ts'
import { modelName } from '../contracts/model.ts'
import type { SigningKeys } from '../contracts/manifest.ts'
import type { Blobs, Clock, Failpoints, LeaderboardEntry, NotRanked, ReportStore, RunStore } from '../contracts/ports.ts'
import type { MetricValue, Report } from '../contracts/report.ts'
import type { RunError, RunRecord } from '../contracts/run.ts'
import { encodeLateResults } from '../scorers/late-results.ts'
import { listedMetrics } from '../scorers/statistic.ts'
import { manifestOf, sealManifest } from './manifest.ts'
import { scorersOf } from './scorers-of-run.ts'
import type { AggregatedRun } from './aggregate-run.ts'

export interface PublishDependencies extends Failpoints {
  readonly runs: Pick<RunStore, 'publish'>
  readonly blobs: Pick<Blobs, 'putHashed'>
  readonly signingKeys: Pick<SigningKeys, 'sign'>
  readonly clock: Clock
}

export interface CopyReportDependencies {
  readonly runs: Pick<RunStore, 'findRun'>
  readonly reports: Pick<ReportStore, 'body' | 'isPublic' | 'putCopy' | 'deleteCopy'>
}

/**
 * Commits the report, its manifest, the leaderboard rows of a public run, its follow-up jobs and the
 * terminal status, all or nothing.
 * @param error - why the run has failed although its rows were aggregated
 */
export async function publishRun(
  dependencies: PublishDependencies,
  run: RunRecord,
  folded: AggregatedRun,
  { gate, error }: { readonly gate: GateResult | null; readonly error?: RunError | undefined },
): Promise<void> {
  const { version, report, body, digest, late } = folded
  const leaderboard = error === undefined ? leaderboardEntries(run, version.name, report) : []
  // The object first, since rows must only refer to existing objects.
  const ranks = late && {
    key: await dependencies.blobs.putHashed(run, 'ranks', encodeLateResults(late.results)),
    tallies: late.tallies,
  }
  const status = error === undefined ? 'completed' : 'failed'
  const manifest = await sealManifest(dependencies.signingKeys, manifestOf(run, folded, status, dependencies.clock.now()))
  const published = { reportDigest: digest, reportBody: body, leaderboard, manifest, error, gate, ranks }
  const won = await dependencies.runs.publish(run, published)
  if (won) await dependencies.failpoint('after-publish')
}

/** @param dataset - name of the dataset */
export function leaderboardEntries(
  run: RunRecord,
  dataset: string,
  report: Pick<Report, 'counts' | 'criteria' | 'prediction_powered'>,
): LeaderboardEntry[] {
  const { subject, selection, dataset: identity } = run.spec
  const { prediction_powered: powered } = report
  const { used } = report.counts
  const { items } = identity
  const notRanked = (value: MetricValue, isEstimate: boolean): NotRanked | null => {
    if (value.value === null) return 'no_value'
    if (isEstimate) return 'prediction_powered'
    if (selection.count < items) return 'limit'
    if (used < items) return 'stopped_early'
    if (value.errored > 0) return 'errored'
    return value.unscored > 0 ? 'unscored' : null
  }
  const scorers = scorersOf(run)
  return report.criteria.flatMap(({ name, primary_metric: primary, metrics }, index) =>
    listedMetrics(scorers[index]!.statistics).flatMap((listed) => {
      const estimate = listed === primary && powered?.criterion === name ? powered.estimate : undefined
      const value = estimate ?? metrics.find(({ metric, slice }) => metric === listed && slice === undefined)
      if (value === undefined) return []
      return [
        {
          criterion: name,
          dataset,
          subject: modelName(subject),
          subjectType: subject.type,
          value,
          used,
          items,
          notRanked: notRanked(value, estimate !== undefined),
        },
      ]
    }),
  )
}

/**
 * Updates the KV copy: present while the report is public, otherwise deleted. Readers ask the database first,
 * since KV caches misses.
 */
export async function copyReport({ runs, reports }: CopyReportDependencies, tenant: string, runId: string): Promise<void> {
  const run = await runs.findRun(tenant, runId)
  if (!run?.reportDigest) return
  if (!(await reports.isPublic(run.reportDigest))) return reports.deleteCopy(run.reportDigest)
  const body = await reports.body(tenant, run.reportDigest)
  if (body === null) throw new Error(`run ${runId}: report ${run.reportDigest} is not in the database`)
  await reports.putCopy(run.reportDigest, body)
}
