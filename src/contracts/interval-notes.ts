/**
 * A sentence for each code in the `notes` of an interval. Codes are stable: a program may branch on them.
 * `npm run generate` writes them for the page.
 * @module
 */

export const INTERVAL_NOTES = {
  too_few_samples: 'Fewer than 30 clusters: no conclusion should rest on this interval, and a comparison gives no verdict.',
  few_effective_clusters:
    'Clusters are so unequal in size that the value rests on fewer than 30 of them, counted as (Σn)²/Σn²; the interval allows for it.',
  near_degenerate:
    'Fewer than 10 clusters differ from the most frequent value, so the interval rests mostly on the range of the metric.',
  zero_variance: 'All clusters have the same value, so the interval rests on the range of the metric alone.',
  few_matched_ngrams: 'Fewer than 10 clusters match an n-gram of this order, so the interval is wide above the value.',
  biased_statistic:
    'The metric is biased in samples of this size by more than a quarter of its standard error; the interval reaches further on that side.',
  outlying_proxy:
    'The proxy’s scores vary more than four times as much over the dataset as over the gold items, so the proxy counts for less.',
  degenerate_bootstrap: 'Every resample has the same value, so the interval is a point.',
  optional_stopping: 'The number of items depends on their outcomes, which makes this interval too narrow.',
} as const satisfies Record<string, string>
