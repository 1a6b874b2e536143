/**
 * The request that starts a run, in OpenAI's shape, with Assay's members beside OpenAI's.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { displayName } from '../../../contracts/display-name.ts'
import { gate } from '../../../contracts/gate.ts'
import { id, metadata } from '../../../contracts/wire/common.ts'
import { dataSource } from './sources/schema.ts'

/** Share of errored items with which a run still completes, unless the request states another. */
const DEFAULT_MAX_ERRORED = 0.1

export const visibility = z
  .enum(['private', 'public'])
  .describe('Only public runs reach the leaderboard and readers without a key of the tenant.')

const stopping = z
  .strictObject({
    criterion: z.string().describe('Name of the scorer whose mean is watched.'),
    first_look: z.int().min(20).default(100).describe('Items before the first look; further looks follow at growing counts.'),
    half_width: z.number().gt(0).lt(0.5).optional().describe('Stop once the interval is this narrow.'),
    excludes: z.number().min(0).max(1).optional().describe('Stop once the interval excludes this value.'),
  })
  .refine(
    ({ half_width: width, excludes }) => (width === undefined) !== (excludes === undefined),
    'needs either half_width or excludes',
  )

const predictionPowered = z
  .strictObject({
    criterion: z.string().describe('Name of the scorer whose mean is estimated.'),
    proxy: z
      .strictObject({ run: id, criterion: z.string() })
      .describe('A completed run over the whole of the same dataset version, and its scorer.'),
    gold: z.int().min(100).optional().describe('Number of first items that this run scores.'),
    target_half_width: z
      .number()
      .gt(0)
      .lt(0.5)
      .optional()
      .describe('Instead of `gold`: score as many items as a pilot of the first hundred finds necessary; `limit` bounds it.'),
  })
  .refine(
    ({ gold, target_half_width: width }) => (gold === undefined) !== (width === undefined),
    'needs either gold or target_half_width',
  )

const budget = z
  .strictObject({
    max_requests: z.int().positive().optional().describe('Most requests to the endpoint, retries included.'),
    max_cost_usd: z.number().gt(0).max(1_000_000).optional().describe('Most US dollars, at the price of the endpoint.'),
    if_worst_case_exceeds: z
      .enum(['refuse', 'start'])
      .default('refuse')
      .describe('`start`: the run begins all the same; items beyond the budget are errored with `budget_spent`.'),
  })
  .refine(({ max_requests: requests, max_cost_usd: cost }) => requests !== undefined || cost !== undefined, {
    message: 'needs max_requests or max_cost_usd',
  })
  .describe('Limits on what the run may pay. A run whose worst case exceeds them is refused with the estimate.')

export const runCreate = z
  .strictObject({
    name: displayName(256).optional(),
    metadata: metadata.nullish(),
    data_source: dataSource,
    seed: z.int().nonnegative().default(0).describe('Seeds every resampling interval.'),
    // 2000 replicates say nothing about events rarer than 1 in 1000.
    level: z.number().min(0.5).max(0.999).default(0.95).describe('Confidence level of every interval.'),
    stopping: stopping
      .optional()
      .describe("End before the last item, once one scorer's mean is known well enough. Part of the spec."),
    prediction_powered: predictionPowered
      .optional()
      .describe(
        "Estimate one scorer's mean over the whole dataset from this run's scores on the first items and another run's on all (PPI++). Part of the spec.",
      ),
    max_errored: z
      .number()
      .min(0)
      .max(1)
      .default(DEFAULT_MAX_ERRORED)
      .describe(
        'The greatest share of errored items with which the run completes. Above it, or without any scored item, the run is `failed`, with its report. Changes no score, so it is not part of the spec.',
      ),
    gate: gate.optional(),
    visibility: visibility.default('private'),
    budget: budget.optional(),
    cache: z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe(
        'Whether stored answers of earlier runs are used. `auto`: for requests with temperature 0 or a seed. `on`: for all. ' +
          '`off`: for none. A retried shard always uses those of its own run.',
      ),
    dry_run: z.boolean().default(false).describe('Answers with an estimate; nothing is stored and nothing is sent.'),
    layout: z
      .strictObject({ shard_size: z.int().min(1).max(4096).describe('Items per shard.') })
      .optional()
      .describe('How the work is divided. Never changes a score, so it is not part of the spec.'),
  })
  .openapi('RunCreate')

export type RunCreate = z.infer<typeof runCreate>
