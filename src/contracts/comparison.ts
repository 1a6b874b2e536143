/**
 * A paired comparison of runs: a function of their recorded rows and the request alone.
 * @module
 */
import { z } from 'zod'
import { interval } from './report.ts'

export const VERDICTS = ['improved', 'degraded', 'equivalent', 'no_difference_found', 'too_few_samples'] as const

const runRef = z.object({
  run: z.string().describe('Id of the run.'),
  eval: z.string().describe('Id of its eval.'),
  name: z.string().nullable(),
  model: z.string(),
  report_digest: z.string().describe('SHA-256 of its report, in hex.'),
})

const flippedItem = z.object({
  datasource_item_id: z.int().describe('The item, as in the output items of both runs.'),
  item: z.string().describe("The item's own id in the dataset."),
  part: z.int().optional().describe('Index of the caption within the item, for metrics over captions.'),
  baseline: z.number(),
  treatment: z.number(),
})

const flips = z.object({
  count: z.int().describe('Units that changed in this direction.'),
  largest: z.array(flippedItem).describe('The largest changes first; `listed` says how many at most.'),
})

const leftOut = z
  .object({
    total: z.int().describe('Items without a score in one run or both.'),
    errored_in_baseline: z.int(),
    unscored_in_baseline: z.int(),
    errored_in_treatment: z.int(),
    unscored_in_treatment: z.int(),
  })
  .describe('Items that could not be paired. They count for neither side.')

export const comparisonResult = z.object({
  treatment: z.string().describe('Id of the treatment run.'),
  criterion: z.string(),
  type: z.string().describe('Type of the scorer.'),
  metric: z.string(),
  variant: z.string(),
  primary: z.boolean().describe('The one metric of the scorer that has an adjusted p and a verdict.'),
  direction: z.enum(['higher_is_better', 'lower_is_better']),
  unit: z.string(),
  n: z.int().describe('Paired units: items, captions or groups.'),
  clusters: z.int(),
  baseline: z.number().nullable().describe('Value over the paired units; it may differ from the report if items are left out.'),
  treatment_value: z.number().nullable(),
  difference: z.number().nullable().describe('Treatment − baseline.'),
  interval: z.union([interval, z.null()]).describe('Of the difference, at `level`.'),
  test: z.enum(['mcnemar-mid-p', 'sign-flip-and-mean-bound', 'system-swap']).nullable(),
  is_exact: z.boolean().nullable().describe('Whether p was enumerated instead of sampled.'),
  p: z.number().nullable().describe('Two-sided, not adjusted.'),
  adjusted_p: z.number().nullable().describe('Holm over the primary metrics of all criteria and treatments; null for others.'),
  minimum_detectable_effect: z
    .number()
    .nullable()
    .describe('The difference that a comparison of this size finds with 80 % power.'),
  margin: z.number().nullable().describe('The margin of equivalence; null unless requested.'),
  equivalence_interval: z
    .union([interval, z.null()])
    .describe('Two one-sided tests: equivalent if this interval lies within ± margin. Null without a margin.'),
  verdict: z
    .enum(VERDICTS)
    .nullable()
    .describe('By `adjusted_p`; `equivalent` takes precedence where a margin is given. Null for metrics that are not primary.'),
  left_out: leftOut,
  improved: z.union([flips, z.null()]).describe('Units that the treatment does better; null for corpus metrics.'),
  degraded: z.union([flips, z.null()]).describe('Units that the treatment does worse; null for corpus metrics.'),
})

export const comparisonBody = z.object({
  baseline: runRef,
  treatments: z.array(runRef),
  dataset: z.object({ digest: z.string(), name: z.string(), items: z.int().describe('Items that each run used.') }),
  level: z.number().describe('Confidence level; 1 − level is the significance level of the tests.'),
  seed: z.int().describe('Of sampled tests and resampled intervals.'),
  listed: z.int().describe('Most changed units that are listed per metric and direction.'),
  tests: z.int().describe("Number of p-values that Holm's adjustment covers; 0 until completed."),
  results: z.array(comparisonResult),
  untested: z
    .array(z.object({ criterion: z.string(), metric: z.string(), variant: z.string(), reason: z.string() }))
    .describe('Metrics without a paired test.'),
})

export type ComparisonResult = z.infer<typeof comparisonResult>
export type ComparisonBody = z.infer<typeof comparisonBody>
export type ComparisonVerdict = (typeof VERDICTS)[number]
