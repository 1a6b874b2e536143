/**
 * The published result of a run. Its canonical JSON and digest are functions of the recorded rows and the
 * spec alone: no layout, run id, clock, attempt or cost.
 * @module
 */
import { z } from 'zod'
import { INTERVAL_NOTES } from './interval-notes.ts'

const intervalTarget = z
  .enum(['population', 'this_dataset'])
  .describe('`population`: the items are a sample of it. `this_dataset`: the score of the whole dataset.')

export const interval = z
  .object({
    low: z.number(),
    high: z.number(),
    method: z
      .string()
      .describe(
        'One of bounded-bayesian-bootstrap, ppi++-bounded, grouped-jackknife-t-with-bias, order-statistic, cluster-bootstrap-percentile, confidence-sequence. ' +
          'Reports made before 2026-11-29 have wilson, cluster-robust-t, cluster-bootstrap-bca, betting, ppi++, betting-without-replacement, grouped-jackknife-t.',
      ),
    level: z.number().gt(0).lt(1).describe('Confidence level.'),
    target: intervalTarget,
    clusters: z.int().nonnegative().describe('Clusters that the interval rests on.'),
    seed: z.int().optional().describe('Of resampling; absent for other methods.'),
    replicates: z.int().optional().describe('Of resampling; absent for other methods.'),
    notes: z
      .array(z.string())
      .describe(
        Object.entries(INTERVAL_NOTES)
          .map(([code, sentence]) => `${code}: ${sentence}`)
          .join(' '),
      )
      .optional(),
  })
  .meta({ id: 'Interval' })

export const metricValue = z
  .object({
    metric: z.string().describe("The field's name of the metric, e.g. `R@1`, `vqa_accuracy`."),
    variant: z.string().describe('Its definition, e.g. `vqa-2021`, `vse++/image-to-text`, `clipscore-2.5`.'),
    slice: z.string().optional().describe('Label of a breakdown, e.g. an answer type; absent for the whole.'),
    direction: z.enum(['higher_is_better', 'lower_is_better']),
    range: z
      .tuple([z.number().nullable(), z.number().nullable()])
      .describe('Least and greatest possible value; null where there is no bound.'),
    unit: z.string(),
    value: z.number().nullable().describe('Null if nothing was scored.'),
    n: z.int().nonnegative().describe('Units that the value rests on: items, or captions for recall by caption.'),
    errored: z.int().nonnegative().describe('Units whose item could not be evaluated.'),
    unscored: z.int().nonnegative().describe('Units that were evaluated and could not be scored.'),
    missing: z.int().nonnegative().describe('Items of the dataset that the run did not select.'),
    interval: z.union([interval, z.null()]),
  })
  .meta({ id: 'MetricValue' })

export const scorerReport = z
  .object({
    name: z.string().describe('Name of the scorer in the eval.'),
    type: z.string().describe('Type of the scorer.'),
    primary_metric: z.string().describe('The metric that the leaderboard shows.'),
    metrics: z.array(metricValue),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Depends on the type, e.g. official rounded tables, truncated captions.'),
  })
  .meta({ id: 'ScorerReport' })

const counts = z
  .object({
    planned: z.int().describe('Selected by the specification.'),
    used: z.int().describe('The first items of those; fewer after an early stop.'),
    scored: z.int(),
    errored: z.int(),
    unscored: z.int(),
  })
  .describe('Items.')

const stoppingReport = z
  .object({
    tau: z.int().describe('Items used.'),
    rule_met: z.boolean(),
    low: z.number().describe('Lower bound of the mean of the whole dataset, valid at every look at once.'),
    high: z.number().describe('Upper bound, likewise.'),
  })
  .describe('The early stop, for runs that asked for one.')

const predictionPoweredReport = z
  .object({
    criterion: z.string().describe('Name of the scorer whose mean is estimated.'),
    // Without an interval if a gold item has no score, because failures are not random.
    estimate: metricValue,
    pilot: z.int().describe('Items of the pilot that chose `gold`; 0 if `gold` was fixed.'),
    gold: z.int().describe('Items after the pilot that the interval rests on.'),
    lambda: z.number().describe('Weight of the proxy, 0 to 1: the mean over folds.'),
    correlation: z.number().nullable().describe('Between gold and proxy; null if one of them does not vary.'),
    predicted_half_width: z.number().nullable(),
    proxy_mean: z.number().describe('Over the whole dataset.'),
  })
  .describe("One scorer's mean over the whole dataset, from gold scores on its first items and a proxy's on all.")

export const report = z
  .object({
    schema: z.literal('assay.report/1'),
    spec_digest: z.string().describe('SHA-256 of `spec`, in hex.'),
    spec: z.record(z.string(), z.unknown()).describe('Everything that can change a score.'),
    counts,
    stopping: stoppingReport.optional(),
    prediction_powered: predictionPoweredReport.optional(),
    criteria: z.array(scorerReport).describe('One per scorer, in the order of the eval.'),
  })
  .meta({ id: 'Report' })

export type Interval = z.infer<typeof interval>
export type MetricValue = z.infer<typeof metricValue>
export type ScorerReport = z.infer<typeof scorerReport>
export type Report = z.infer<typeof report>
