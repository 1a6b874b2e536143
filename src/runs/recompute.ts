/**
 * Recomputes a published report from the recorded rows: at once for a small run, by a job for a large one.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { JobHandler } from '../contracts/jobs.ts'
import type { ManifestStore, RunManifest } from '../contracts/manifest.ts'
import type { ReportStore, RunStore } from '../contracts/ports.ts'
import type { Recomputation, RecomputationRecord, RecomputationStore } from '../contracts/recomputation.ts'
import { sendJobsOf, type SendJobsDependencies } from '../jobs/send-jobs.ts'
import { aggregateRun, type AggregateRunDependencies } from './aggregate-run.ts'

export type RecomputeDependencies = AggregateRunDependencies & {
  readonly runs: Pick<RunStore, 'findRun'>
  readonly reports: Pick<ReportStore, 'body'>
  readonly manifests: Pick<ManifestStore, 'find'>
}

type RecordDependencies = RecomputeDependencies & { readonly recomputations: RecomputationStore }

/** Items of a run that one request aggregates: a request has neither a merge's time nor its retries. */
const MOST_ITEMS_AT_ONCE = 20_000

/**
 * Aggregates the stored rows of an ended run again. `body` is the report as computed now, in canonical JSON.
 * @throws {Fault} `not_found`; `conflict` if the run has no report
 * @internal
 */
export async function recomputeReport(
  dependencies: RecomputeDependencies,
  tenant: string,
  runId: string,
): Promise<Recomputation & { readonly body: string }> {
  const run = await dependencies.runs.findRun(tenant, runId)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  const { reportDigest, status } = run
  if (reportDigest === null) throw new Fault({ kind: 'conflict', detail: `run ${runId} has no report: it is ${status}` })
  const { body, digest, rows } = await aggregateRun(dependencies, run)
  const [published, manifest] = await Promise.all([
    dependencies.reports.body(tenant, reportDigest),
    dependencies.manifests.find(tenant, runId),
  ])
  return {
    body,
    digest,
    publishedDigest: reportDigest,
    agrees: digest === reportDigest && body === published,
    rowsAgree: manifest && (JSON.parse(manifest.body) as RunManifest).rows.digest === rows.digest,
  }
}

/**
 * Recomputes a report now, or asks for the job that does it. The record says which.
 * @param mostAtOnce - items of the largest run that is recomputed now
 * @throws {Fault} as {@link recomputeReport}
 */
export async function requestRecomputation(
  dependencies: RecordDependencies & SendJobsDependencies,
  tenant: string,
  runId: string,
  mostAtOnce = MOST_ITEMS_AT_ONCE,
): Promise<RecomputationRecord> {
  const { runs, recomputations } = dependencies
  const run = await runs.findRun(tenant, runId)
  if (run !== null && run.reportDigest !== null && run.spec.selection.count > mostAtOnce) {
    await recomputations.request(tenant, runId)
    await sendJobsOf(dependencies, tenant, runId)
  } else await recomputations.finish(tenant, runId, await recomputeReport(dependencies, tenant, runId))
  return (await recomputations.find(tenant, runId))!
}

/** The job of a large run. */
export function recomputationHandler(dependencies: RecordDependencies): JobHandler {
  const { recomputations } = dependencies
  return {
    mostClaims: 10,
    // As of a merge: the rows are the same at every attempt.
    crashes: { most: 3, reason: (crashes) => `the recomputation ended ${crashes} isolates without a word` },
    deadLetterReason: 'the report could not be recomputed',
    isFinal: (error) => error instanceof Fault,
    giveUp: ({ tenant, resource }, reason) => recomputations.fail(tenant, resource.id, reason),
    async perform({ tenant, resource }) {
      await recomputations.finish(tenant, resource.id, await recomputeReport(dependencies, tenant, resource.id))
      return { outcome: 'done' }
    },
  }
}
