/**
 * `/v1/leaderboards`: requests and responses.
 * @module
 */
import { jsonAnswer, operation } from '../../operation.ts'
import { EXAMPLE_DATASET } from '../datasets/operations.ts'
import { EXAMPLE_REPORT_DIGEST } from '../reports/example.ts'
import { leaderboard, leaderboardQuery } from './schema.ts'

export const getLeaderboard = operation({
  method: 'get',
  path: '/v1/leaderboards',
  operationId: 'getLeaderboard',
  summary: 'Get the leaderboard',
  description: 'Ranks the completed public runs of all tenants by their primary metrics, per dataset version.',
  tag: 'leaderboards',
  access: 'reader',
  anyOrigin: true,
  query: leaderboardQuery,
  answers: {
    200: jsonAnswer(leaderboard, 'The rows, best first within a metric.', {
      object: 'list',
      data: [
        {
          dataset: EXAMPLE_DATASET.name,
          dataset_digest: EXAMPLE_DATASET.version.digest,
          model: 'assay-clip',
          subject: { type: 'edge_model' },
          rank: 1,
          not_ranked: null,
          criterion: 'retrieval',
          metric: 'R@1',
          variant: 'vse++/image-to-text',
          direction: 'higher_is_better',
          value: 0.875,
          low: 0.752,
          high: 0.944,
          level: 0.95,
          method: 'bounded-bayesian-bootstrap',
          n: 48,
          errored: 0,
          unscored: 0,
          used: 48,
          items: 48,
          report_digest: EXAMPLE_REPORT_DIGEST,
          run_id: 'evalrun_019aced0b2f07c4e8d1a2b3c4d5e6f78',
        },
      ],
    }),
  },
})
