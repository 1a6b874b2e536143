/**
 * The published result of a run. Its canonical JSON and digest are functions of the recorded rows and the spec alone:
 * no layout, run id, clock, attempt or cost.
 * @module
 */
// Not from 'zod': a schema made before `@hono/zod-openapi` extends zod has no `openapi` method, and this one is
// named in the document.
import { z } from '@hono/zod-openapi'
import { INTERVAL_NOTES } from './interval-notes.ts'

/** What an interval speaks about: the population the items were drawn from, or the full score of this dataset. */
const intervalTarget = z.enum(['population', 'this_dataset'])

export const interval = z.object({
  low: z.number(),
  high: z.number(),
  method: z
    .string()
    .describe(
      'One of bounded-bayesian-bootstrap, ppi++-bounded, grouped-jackknife-t-with-bias, order-statistic, cluster-bootstrap-percentile, confidence-sequence. ' +
        'Reports made before 2026-11-29 have wilson, cluster-robust-t, cluster-bootstrap-bca, betting, ppi++, betting-without-replacement, grouped-jackknife-t.',
    ),
  level: z.number().gt(0).lt(1),
  target: intervalTarget,
  /** Number of clusters the interval rests on. */
  clusters: z.int().nonnegative(),
  /** Resampling only. */
  seed: z.int().optional(),
  replicates: z.int().optional(),
  notes: z
    .array(z.string())
    .describe(
      Object.entries(INTERVAL_NOTES)
        .map(([code, sentence]) => `${code}: ${sentence}`)
        .join(' '),
    )
    .optional(),
})

export const metricValue = z.object({
  /** The field's name for it, e.g. `R@1`, `vqa_accuracy`. */
  metric: z.string(),
  /** Which definition, e.g. `vqa-2021`, `vse++/image-to-text`, `clipscore-2.5`. */
  variant: z.string(),
  /** Breakdown label, e.g. an answer type; absent for the whole. */
  slice: z.string().optional(),
  direction: z.enum(['higher_is_better', 'lower_is_better']),
  range: z.tuple([z.number().nullable(), z.number().nullable()]),
  unit: z.string(),
  /** null when nothing was scored. */
  value: z.number().nullable(),
  /** Units (items, or captions for caption-wise recall) that the value rests on. */
  n: z.int().nonnegative(),
  errored: z.int().nonnegative(),
  unscored: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  interval: interval.nullable(),
})

export const scorerReport = z.object({
  name: z.string(),
  type: z.string(),
  /** The metric the leaderboard shows. */
  primary_metric: z.string(),
  metrics: z.array(metricValue),
  /** Criterion-specific, e.g. official rounded tables, truncated captions. */
  details: z.record(z.string(), z.unknown()).optional(),
})

export const report = z.object({
  schema: z.literal('assay.report/1'),
  spec_digest: z.string(),
  /** All that can change a score, see `runs/plan.ts`. */
  spec: z.record(z.string(), z.unknown()),
  /** `planned` items were selected; a run that stopped early used only the first `used` of them. */
  counts: z.object({ planned: z.int(), used: z.int(), scored: z.int(), errored: z.int(), unscored: z.int() }),
  stopping: z
    .object({
      /** Items used: τ. */
      tau: z.int(),
      rule_met: z.boolean(),
      /** For the whole dataset's mean, valid at every look at once. */
      low: z.number(),
      high: z.number(),
    })
    .optional(),
  /** One criterion's mean over the whole dataset, from gold scores on its first items and a proxy's on all. */
  prediction_powered: z
    .object({
      criterion: z.string(),
      /** Without an interval where a gold item has no score: which items fail is not random. */
      estimate: metricValue,
      /** Items of the pilot that chose `gold`; 0 where it was fixed. */
      pilot: z.int(),
      /** Items after the pilot that the interval rests on. */
      gold: z.int(),
      /** How much of the proxy was used, 0 to 1: the mean over folds. */
      lambda: z.number(),
      /** Of gold and proxy; null where one does not vary. */
      correlation: z.number().nullable(),
      predicted_half_width: z.number().nullable(),
      /** Over the whole dataset. */
      proxy_mean: z.number(),
    })
    .optional(),
  criteria: z.array(scorerReport),
})

export type Interval = z.infer<typeof interval>
export type MetricValue = z.infer<typeof metricValue>
export type ScorerReport = z.infer<typeof scorerReport>
export type Report = z.infer<typeof report>
