/**
 * Evals and runs in the shape of OpenAI's Evals API (openai-openapi 2.3.0), with Assay's data source and criteria beside it.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { TASK_IDS } from '../item.ts'
import type { ScorerSpec } from '../scorer-spec.ts'
import { id, listOf, metadata, pageQueryOf, sortableId } from './common.ts'

/** @param scorerSpec - the union of the registry of scorers: each testing criterion is the specification of a scorer. */
export const evalCreateOf = (scorerSpec: z.ZodType<ScorerSpec>) =>
  z
    .strictObject({
      name: z.string().max(256).optional(),
      metadata: metadata.nullish(),
      data_source_config: z.strictObject({ type: z.literal('dataset'), task: z.enum(TASK_IDS) }),
      testing_criteria: z
        .array(scorerSpec)
        .min(1)
        .max(16)
        .refine((criteria) => new Set(criteria.map(({ name }) => name)).size === criteria.length, 'must have names that differ'),
    })
    .openapi('EvalCreate')

export const evalObject = z
  .object({
    object: z.literal('eval'),
    id: z.string(),
    name: z.string().nullable(),
    created_at: z.int(),
    data_source_config: z.record(z.string(), z.unknown()),
    testing_criteria: z.array(z.record(z.string(), z.unknown())),
    metadata: metadata.nullable(),
  })
  .openapi('Eval')

export const subject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('edge_model'), model: id }),
  z.strictObject({
    type: z.literal('results'),
    /** An uploaded official results file. */
    file_id: id,
    /** What produced the results; shown on the leaderboard. */
    name: z.string().min(1).max(128),
  }),
  z.strictObject({
    type: z.literal('scores'),
    /** An uploaded file of `{"id", "score"}` lines. */
    file_id: id,
    /** Who or what gave the scores; shown on the leaderboard. */
    name: z.string().min(1).max(128),
  }),
  z.strictObject({
    type: z.literal('endpoint'),
    /** Name of an endpoint that an administrator configured. */
    endpoint: id,
    model: z.string().min(1).max(256),
    /** Template of the question asked about each picture; `{{item.question}}` is replaced. */
    prompt: z.string().max(4096).optional(),
    sampling_params: z
      .strictObject({
        temperature: z.number().min(0).max(2).optional(),
        top_p: z.number().gt(0).max(1).optional(),
        seed: z.int().optional(),
        max_completion_tokens: z.int().positive().max(4096).optional(),
      })
      .optional(),
  }),
])

/** A tenth. */
export const DEFAULT_MAX_ERRORED = 0.1

export const runCreate = z
  .strictObject({
    name: z.string().max(256).optional(),
    metadata: metadata.nullish(),
    data_source: z.strictObject({
      type: z.literal('dataset'),
      /** `ds_…` (its latest version) or `ds_…@<digest>`. */
      dataset: id,
      /** The first n items of the dataset's hash order: a pseudo-random sample. */
      limit: z.int().positive().optional(),
      subject,
    }),
    /** Seeds every resampling interval. */
    seed: z.int().nonnegative().default(0),
    /** Confidence level of every interval. Resampling with 2000 replicates says nothing about rarer things than 1 in 1000. */
    level: z.number().min(0.5).max(0.999).default(0.95),
    /** End before the last item once one criterion's score is known well enough. Part of the spec. */
    stopping: z
      .strictObject({
        criterion: z.string(),
        first_look: z.int().min(20).default(100),
        half_width: z.number().gt(0).lt(0.5).optional(),
        excludes: z.number().min(0).max(1).optional(),
      })
      .refine(
        ({ half_width: width, excludes }) => (width === undefined) !== (excludes === undefined),
        'needs either half_width or excludes',
      )
      .optional(),
    /**
     * Estimate one criterion's mean over the whole dataset from this run's scores on its first items and another run's on all (PPI++).
     * Part of the spec.
     */
    prediction_powered: z
      .strictObject({
        criterion: z.string(),
        /** A completed run over the whole of the same dataset version, and its criterion. */
        proxy: z.strictObject({ run: id, criterion: z.string() }),
        /** How many of the first items this run scores, */
        gold: z.int().min(100).optional(),
        /** or as many as a pilot of the first hundred says are needed; `limit` bounds it. */
        target_half_width: z.number().gt(0).lt(0.5).optional(),
      })
      .refine(
        ({ gold, target_half_width: width }) => (gold === undefined) !== (width === undefined),
        'needs either gold or target_half_width',
      )
      .optional(),
    /**
     * The greatest share of errored items, 0 to 1, with which the run still completes. Above it the run is `failed`, with its report; so
     * is a run without any scored item. Changes no score, so it is no part of the spec.
     */
    max_errored: z.number().min(0).max(1).default(DEFAULT_MAX_ERRORED),
    /** Only public runs reach the leaderboard. */
    visibility: z.enum(['private', 'public']).default('private'),
    /** How the work is cut up. Never changes a score, so it is no part of the spec. */
    layout: z.strictObject({ shard_size: z.int().min(1).max(4096) }).optional(),
  })
  .openapi('RunCreate')

/** What may change of a run once it is made. */
export const runChange = z.strictObject({ visibility: z.enum(['private', 'public']) }).openapi('RunChange')

const resultCounts = z.object({ total: z.int(), passed: z.int(), failed: z.int(), errored: z.int() })

export const runStatus = z.enum(['queued', 'in_progress', 'completed', 'canceled', 'failed'])

export const runObject = z
  .object({
    object: z.literal('eval.run'),
    id: z.string(),
    eval_id: z.string(),
    name: z.string().nullable(),
    status: runStatus,
    model: z.string(),
    created_at: z.int(),
    report_url: z.string(),
    result_counts: resultCounts,
    per_model_usage: z.array(
      z.object({
        model_name: z.string(),
        invocation_count: z.int(),
        prompt_tokens: z.int(),
        completion_tokens: z.int(),
        total_tokens: z.int(),
        cached_tokens: z.int(),
      }),
    ),
    per_testing_criteria_results: z.array(
      z.object({ testing_criteria: z.string(), passed: z.int(), failed: z.int(), errored: z.int() }),
    ),
    data_source: z.record(z.string(), z.unknown()),
    metadata: metadata.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    visibility: z.enum(['private', 'public']),
    max_errored: z.number(),
    spec_digest: z.string(),
    report_digest: z.string().nullable(),
    /** The report itself, once completed, or failed for its errored items; null in lists. */
    report: z.record(z.string(), z.unknown()).nullable(),
    progress: z.object({ shards: z.int(), recorded: z.int(), failed: z.int(), skipped: z.int() }),
  })
  .openapi('Run')

export const outputItem = z
  .object({
    object: z.literal('eval.run.output_item'),
    id: z.string(),
    run_id: z.string(),
    eval_id: z.string(),
    created_at: z.int(),
    status: z.enum(['pass', 'fail', 'error']),
    datasource_item_id: z.int(),
    /** Only its `id` once the dataset was deleted. */
    datasource_item: z.record(z.string(), z.unknown()),
    results: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        score: z.number().nullable(),
        passed: z.boolean(),
        status: z.enum(['scored', 'errored', 'unscored']),
        reason: z.string().optional(),
        details: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
    sample: z
      .object({
        input: z.array(z.object({ role: z.string(), content: z.string() })),
        output: z.array(z.object({ role: z.string(), content: z.string() })),
        finish_reason: z.string().nullable(),
        model: z.string(),
        usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int(), cached_tokens: z.int() }),
        error: z.object({ code: z.string(), message: z.string() }).nullable(),
      })
      .openapi('Sample'),
  })
  .openapi('OutputItem')

export const evalList = listOf(evalObject)
export const runList = listOf(runObject)
export const outputItemList = listOf(outputItem)
export const evalQuery = pageQueryOf(sortableId('eval_')).extend({
  /** Evals do not record when they were changed. */
  order_by: z.literal('created_at').default('created_at'),
})
export const runQuery = pageQueryOf(sortableId('evalrun_')).extend({ status: runStatus.optional() })
export const outputItemQuery = pageQueryOf(/^outputitem_[0-9a-f]{32}_\d{1,9}$/).extend({
  /** Samples come in the dataset's hash order. */
  order: z.literal('asc').default('asc'),
  status: z.enum(['pass', 'fail']).optional(),
})

export type RunCreate = z.infer<typeof runCreate>
export type RunObject = z.infer<typeof runObject>
export type OutputItem = z.infer<typeof outputItem>
