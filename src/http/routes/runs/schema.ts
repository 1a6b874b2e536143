/**
 * Wire shapes of runs, as OpenAI's Evals API has them (openai-openapi 2.3.0), with Assay's members beside
 * OpenAI's.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { createdAt, listOf, metadata, orNull, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'
import { erroredBounds } from '../../../contracts/wire/errored-bounds.ts'
import { gateResult } from '../../../contracts/gate.ts'
import { report } from '../../../contracts/report.ts'
import { visibility } from './run-create.ts'
import { answeredDataSource } from './sources/schema.ts'

/** The change that an existing run allows. */
export const runChange = z.strictObject({ visibility }).openapi('RunChange')

/** OpenAI's shape, which names the id `run_id`. */
export const runDeleted = z
  .object({ object: z.literal('eval.run.deleted'), deleted: z.literal(true), run_id: z.string() })
  .openapi('RunDeleted')

const runStatus = z.enum(['queued', 'in_progress', 'completed', 'canceled', 'failed'])

const counts = { passed: z.int(), failed: z.int(), errored: z.int() }

const usage = z.object({
  model_name: z.string(),
  invocation_count: z.int().describe('Calls of the model.'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  cached_tokens: z.int(),
})

export const runObject = z
  .object({
    object: z.literal('eval.run'),
    id: z.string(),
    eval_id: z.string(),
    name: z.string().nullable(),
    status: runStatus,
    model: z.string().describe("The model's name; for uploaded results and scores, the name in the request."),
    created_at: createdAt,
    report_url: z.string().describe('Path of the report; of the run itself until there is one.'),
    result_counts: z.object({ total: z.int(), ...counts }).describe('Items by result; `total` are planned.'),
    per_model_usage: z.array(usage),
    per_testing_criteria_results: z.array(z.object({ testing_criteria: z.string(), ...counts })),
    data_source: answeredDataSource.describe('The data source of the request.'),
    outcome_counts: z
      .record(z.string(), z.int())
      .describe('Items by outcome: the code of an error, or how an endpoint answered (`answered`, `refused`, `filtered`, …).'),
    warnings: z
      .array(
        z.object({
          code: z.enum(['few_references']),
          items: z.int().describe('Items concerned, so far.'),
          message: z.string().describe('One sentence for people; it may be reworded.'),
        }),
      )
      .describe('Reasons to trust the values less; empty without any. They are not part of the report.'),
    paused: z
      .object({ reason: z.string(), until: z.int().describe('Unix seconds.') })
      .nullable()
      .describe('Why no request is sent for now; the run resumes by itself.'),
    retry_of: z.string().nullable().describe('The first run that this one retries; its answers are not asked for again.'),
    stored_answers: z.int().describe('Items whose answers were paid for before, by this run or an earlier one.'),
    metadata: metadata.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why it failed.'),
    visibility,
    max_errored: z.number().describe('The greatest share of errored items with which the run completes.'),
    gate: orNull(gateResult).describe('Null for a run without a gate.'),
    spec_digest: z.string().describe('SHA-256 over everything that can change a score, in hex.'),
    report_digest: z.string().nullable().describe('SHA-256 of the report, in hex; null until there is one.'),
    report: orNull(report).describe('The report of a run that completed, or that failed for its errored items; null in lists.'),
    errored_bounds: z
      .array(erroredBounds)
      .nullable()
      .describe(
        'For each metric that is a mean over items and has errored ones: the range in which it would be without errors. ' +
          'The report has the mean over the scored items. Null where `report` is.',
      ),
    progress: z
      .object({
        shards: z.int(),
        recorded: z.int(),
        failed: z.int(),
        skipped: z.int().describe('Left out after an early stop.'),
      })
      .describe('Shards by state.'),
  })
  .openapi('Run')

export const recomputation = z
  .object({
    object: z.literal('eval.run.recomputation'),
    run_id: z.string(),
    status: z.enum(['in_progress', 'completed', 'failed']),
    report_digest: z.string().nullable().describe('SHA-256 of the published report, in hex; null until completed.'),
    recomputed_digest: z
      .string()
      .nullable()
      .describe('SHA-256 of the report as the recorded rows give it now, in hex; null until completed.'),
    equal: z.boolean().nullable().describe('Whether the published report has exactly the recomputed bytes.'),
    rows_equal: z
      .boolean()
      .nullable()
      .describe('Whether the recorded rows have the digest of the manifest; null for a run without one.'),
    error: z.string().nullable().describe('Why it failed.'),
    requested_at: createdAt,
    ended_at: z.int().nullable().describe('Unix seconds.'),
  })
  .openapi('Recomputation')

export const runList = listOf(runObject)
export const runQuery = pageQueryOf(sortableId('evalrun_')).extend({
  status: runStatus.optional().describe('Only runs of this status.'),
})

export type RecomputationObject = z.infer<typeof recomputation>
export type RunObject = z.infer<typeof runObject>
