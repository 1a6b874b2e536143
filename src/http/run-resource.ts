/**
 * A run as the wire shows it.
 * @module
 */
import type { z } from 'zod'
import type { RunRecord, SampleEvidence } from '../contracts/run.ts'
import type { Item } from '../contracts/item.ts'
import { taskOf } from '../tasks/registry.ts'
import type { OutputItem, runObject } from '../contracts/wire/evals.ts'
import type { Services } from './app-context.ts'

/**
 * OpenAI's eval.run, with the report once there is one.
 * @param options.report - false leaves the report out: a list of a hundred could be a hundred megabytes.
 */
export async function runResource(
  services: Services,
  run: RunRecord,
  options: { readonly report: boolean } = { report: true },
): Promise<z.infer<typeof runObject>> {
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
    created_at: seconds(run.createdAt),
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
    data_source: run.dataSource as Record<string, unknown>,
    metadata: run.metadata === null ? null : { ...run.metadata },
    error: run.error,
    visibility: run.visibility,
    max_errored: run.maxErrored,
    spec_digest: run.specDigest,
    report_digest: run.reportDigest,
    report: report === null ? null : (JSON.parse(report) as Record<string, unknown>),
    progress: { shards: progress.shards, recorded: progress.recorded, failed: progress.failed, skipped: progress.skipped },
  }
}

/**
 * OpenAI's eval.run.output_item. Its status counts as the run's `result_counts` do: what could not be scored is an error, never a
 * failure.
 * @param item - null when the dataset was deleted after the run had ended.
 */
export function outputItemResource(run: RunRecord, item: Item | null, sample: SampleEvidence): OutputItem {
  const usage = sample.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  const scored = sample.results.every(({ status }) => status === 'scored')
  const passed = sample.results.every(({ passed: ok }) => ok)
  return {
    object: 'eval.run.output_item',
    id: outputItemId(run, sample.ordinal),
    run_id: run.id,
    eval_id: run.evalId,
    created_at: seconds(run.createdAt),
    status: sample.error || !scored ? 'error' : passed ? 'pass' : 'fail',
    datasource_item_id: sample.ordinal,
    datasource_item: item === null ? { id: sample.item_id } : { ...item },
    results: sample.results.map((result) => ({ ...result })),
    sample: {
      input: inputOf(item),
      output: typeof sample.output === 'string' ? [{ role: 'assistant', content: sample.output }] : [],
      finish_reason: typeof sample.trace?.['finish_reason'] === 'string' ? sample.trace['finish_reason'] : null,
      model: modelName(run),
      usage: { ...usage, cached_tokens: 0 },
      error: sample.error ?? null,
    },
  }
}

/** What the model was asked in words. */
function inputOf(item: Item | null): OutputItem['sample']['input'] {
  const prompt = item && taskOf(item.task).prompt
  return prompt === null ? [] : [{ role: 'user', content: prompt.question(item!) }]
}

/** Ordinals are stable, so an item's id is its place in its run. */
export function outputItemId(run: RunRecord, ordinal: number): string {
  return `outputitem_${run.id.replace(/^evalrun_/, '')}_${ordinal}`
}

/** null when the id is not one of this run's. */
export function ordinalOfOutputItem(run: RunRecord, id: string): number | null {
  const ordinal = new RegExp(`^outputitem_${run.id.replace(/^evalrun_/, '')}_(\\d{1,9})$`).exec(id)?.[1]
  return ordinal !== undefined && Number(ordinal) < run.spec.selection.count ? Number(ordinal) : null
}

function modelName({ spec: { subject } }: RunRecord): string {
  return subject.type === 'results' || subject.type === 'scores' ? subject.name : subject.model
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000)
