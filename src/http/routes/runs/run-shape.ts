/**
 * A run in its wire shape.
 * @module
 */
import type { LedgerTotals } from '../../../contracts/endpoint-calls.ts'
import type { RunProgress } from '../../../contracts/records.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { withoutWarnings } from '../../../contracts/run-warning.ts'
import type { Services } from '../../app-context.ts'
import { undecidedGate } from '../../../runs/gate.ts'
import { scorersOf } from '../../../runs/scorers-of-run.ts'
import { erroredBounds } from '../../../scorers/errored-bounds.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import type { Report } from '../../../contracts/report.ts'
import type { AnsweredDataSource } from './sources/schema.ts'
import type { RunObject } from './schema.ts'

/** OpenAI's eval.run, with the report once there is one. */
export async function runShape(services: Pick<Services, 'views' | 'ledgers' | 'reports'>, run: RunRecord): Promise<RunObject> {
  const [progress, ledgers, report] = await Promise.all([
    services.views.progress(run.tenant, [run.id]),
    services.ledgers.totals(run.tenant, [run.id]),
    run.reportDigest === null ? null : services.reports.body(run.tenant, run.reportDigest),
  ])
  return shapeOf(run, progress.get(run.id)!, ledgers.get(run.id), report)
}

/**
 * Runs of a list, without their reports: a hundred could be a hundred megabytes. Their counters come from one
 * query.
 */
export async function runShapes(
  services: Pick<Services, 'views' | 'ledgers'>,
  tenant: string,
  runs: readonly RunRecord[],
): Promise<RunObject[]> {
  const ids = runs.map(({ id }) => id)
  const [progress, ledgers] = await Promise.all([services.views.progress(tenant, ids), services.ledgers.totals(tenant, ids)])
  return runs.map((run) => shapeOf(run, progress.get(run.id)!, ledgers.get(run.id), null))
}

/** @param report - canonical JSON; null leaves it out. */
function shapeOf(run: RunRecord, progress: RunProgress, ledger: LedgerTotals | undefined, report: string | null): RunObject {
  const { counts } = progress
  const usage = usageOf(run, progress, ledger)
  const model = modelName(run)
  const { outcomes, warnings } = withoutWarnings(progress.outcomes)
  const whole = report === null ? null : (JSON.parse(report) as Report)
  return {
    object: 'eval.run',
    id: run.id,
    eval_id: run.evalId,
    name: run.name,
    status: run.status,
    model,
    created_at: unixSeconds(run.createdAt),
    report_url: run.reportDigest === null ? `/v1/evals/${run.evalId}/runs/${run.id}` : `/v1/reports/${run.reportDigest}`,
    result_counts: { total: run.spec.selection.count, ...counts },
    per_model_usage: [
      {
        model_name: model,
        invocation_count: usage.invocations,
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        total_tokens: usage.total_tokens,
        cached_tokens: 0,
      },
    ],
    per_testing_criteria_results: run.spec.criteria.map(({ name }, index) => ({
      testing_criteria: name,
      ...progress.perCriterion[index]!,
    })),
    data_source: run.dataSource as AnsweredDataSource,
    outcome_counts: outcomes,
    warnings,
    stored_answers: progress.storedAnswers,
    paused: pauseOf(run, ledger),
    retry_of: ledger === undefined || ledger.answersOf === run.id ? null : ledger.answersOf,
    metadata: run.metadata === null ? null : { ...run.metadata },
    error: run.error,
    visibility: run.visibility,
    max_errored: run.maxErrored,
    gate: run.gateResult ?? undecidedGate(run),
    spec_digest: run.specDigest,
    report_digest: run.reportDigest,
    report: whole,
    errored_bounds: whole === null ? null : erroredBounds(scorersOf(run), whole),
    progress: { shards: progress.shards, recorded: progress.recorded, failed: progress.failed, skipped: progress.skipped },
  }
}

/** Shown only while it lasts. */
function pauseOf({ status }: RunRecord, ledger: LedgerTotals | undefined): RunObject['paused'] {
  const pause = ledger?.pause ?? null
  if (status !== 'in_progress' || pause === null || pause.until <= Date.now()) return null
  return { reason: pause.reason, until: unixSeconds(pause.until) }
}

/** For an endpoint, every call that was made, also by attempts that crashed. */
function usageOf({ queue }: RunRecord, { usage }: RunProgress, ledger: LedgerTotals | undefined): RunProgress['usage'] {
  if (queue !== 'endpoint' || ledger === undefined) return usage
  const { promptTokens, completionTokens, settled, unanswered } = ledger
  return {
    invocations: settled + unanswered,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

export function modelName({ spec: { subject } }: RunRecord): string {
  return 'name' in subject ? subject.name : subject.model
}
