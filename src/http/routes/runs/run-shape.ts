/**
 * A run as the wire shows it.
 * @module
 */
import type { RunRecord } from '../../../contracts/run.ts'
import type { Services } from '../../app-context.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import type { ReportDocument } from '../reports/schema.ts'
import type { DataSource } from './run-create.ts'
import type { RunObject } from './schema.ts'

/**
 * OpenAI's eval.run, with the report once there is one.
 * @param options.report - false leaves the report out: the reports of a hundred runs could be a hundred megabytes.
 */
export async function runShape(
  services: Services,
  run: RunRecord,
  options: { readonly report: boolean } = { report: true },
): Promise<RunObject> {
  const { views } = services
  const [progress, report] = await Promise.all([
    views.progress(run),
    run.reportDigest === null || !options.report ? null : views.report(run.tenant, run.reportDigest),
  ])
  const { usage, counts } = progress
  const model = modelName(run)
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
    data_source: run.dataSource as DataSource,
    metadata: run.metadata === null ? null : { ...run.metadata },
    error: run.error,
    visibility: run.visibility,
    max_errored: run.maxErrored,
    spec_digest: run.specDigest,
    report_digest: run.reportDigest,
    report: report === null ? null : (JSON.parse(report) as ReportDocument),
    progress: { shards: progress.shards, recorded: progress.recorded, failed: progress.failed, skipped: progress.skipped },
  }
}

export function modelName({ spec: { subject } }: RunRecord): string {
  return subject.type === 'results' || subject.type === 'scores' ? subject.name : subject.model
}
