/**
 * A report, for the document's examples.
 * @module
 */
import type { Report } from '../../../contracts/report.ts'

export const EXAMPLE_REPORT_DIGEST = '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b'

export const EXAMPLE_REPORT = {
  schema: 'assay.report/1',
  spec_digest: 'd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',
  spec: { schema: 'assay.run-spec/1' },
  counts: { planned: 48, used: 48, scored: 48, errored: 0, unscored: 0 },
  criteria: [
    {
      name: 'retrieval',
      type: 'retrieval',
      primary_metric: 'R@1',
      metrics: [
        {
          metric: 'R@1',
          variant: 'vse++/image-to-text',
          direction: 'higher_is_better',
          range: [0, 1],
          unit: 'share',
          value: 0.875,
          n: 48,
          errored: 0,
          unscored: 0,
          missing: 0,
          interval: {
            low: 0.752,
            high: 0.944,
            method: 'bounded-bayesian-bootstrap',
            level: 0.95,
            target: 'population',
            clusters: 48,
            seed: 0,
            replicates: 2000,
          },
        },
      ],
    },
  ],
} satisfies Report
