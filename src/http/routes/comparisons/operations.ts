/**
 * `/v1/comparisons`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_DATASET } from '../datasets/operations.ts'
import { EXAMPLE_EVAL } from '../evals/operations.ts'
import { EXAMPLE_REPORT_DIGEST } from '../reports/example.ts'
import {
  comparisonCreate,
  comparisonDeleted,
  comparisonList,
  type ComparisonObject,
  comparisonObject,
  comparisonQuery,
} from './schema.ts'

const ID = 'cmp_019aced0b2f07c4e8d1a2b3c4d5e6f80'
const BASELINE = 'evalrun_019aced0b2f07c4e8d1a2b3c4d5e6f78'
const TREATMENT = 'evalrun_019aced0b2f07c4e8d1a2b3c4d5e6f79'

const runRef = (run: string, model: string) => ({
  run,
  eval: EXAMPLE_EVAL.id,
  name: null,
  model,
  report_digest: EXAMPLE_REPORT_DIGEST,
})

const EXAMPLE_COMPARISON = {
  object: 'comparison',
  id: ID,
  name: 'new checkpoint',
  created_at: 1_795_957_200,
  metadata: null,
  status: 'completed',
  error: null,
  baseline: runRef(BASELINE, 'assay-clip'),
  treatments: [runRef(TREATMENT, 'my-clip')],
  dataset: { digest: EXAMPLE_DATASET.version.digest, name: EXAMPLE_DATASET.name, items: 100 },
  level: 0.95,
  seed: 0,
  listed: 20,
  tests: 1,
  results: [
    {
      treatment: TREATMENT,
      criterion: 'retrieval',
      type: 'retrieval',
      metric: 'R@1',
      variant: 'vse++/text-to-image',
      primary: true,
      direction: 'higher_is_better',
      unit: 'fraction',
      n: 100,
      clusters: 100,
      baseline: 0.5,
      treatment_value: 0.62,
      difference: 0.12,
      interval: {
        low: 0.0211,
        high: 0.2142,
        method: 'bonett-price',
        level: 0.95,
        target: 'population',
        clusters: 100,
      },
      test: 'mcnemar-mid-p',
      is_exact: true,
      p: 0.0146,
      adjusted_p: 0.0146,
      minimum_detectable_effect: 0.1359,
      margin: null,
      equivalence_interval: null,
      verdict: 'improved',
      left_out: {
        total: 0,
        errored_in_baseline: 0,
        unscored_in_baseline: 0,
        errored_in_treatment: 0,
        unscored_in_treatment: 0,
      },
      improved: {
        count: 18,
        largest: [{ datasource_item_id: 4, item: 'scene-0007', part: 0, baseline: 0, treatment: 1 }],
      },
      degraded: { count: 6, largest: [] },
    },
  ],
  untested: [
    {
      criterion: 'retrieval',
      metric: 'median_rank',
      variant: 'vse++/text-to-image',
      reason: 'no paired test is defined for this metric; docs/statistics.md, "Which method"',
    },
  ],
} as const satisfies ComparisonObject

const params = { id: { description: 'Id of the comparison.', example: ID } }

export const createComparison = operation({
  method: 'post',
  path: '/v1/comparisons',
  operationId: 'createComparison',
  summary: 'Compare runs',
  description:
    'Pairs the items of completed runs and tests the differences per criterion. The kind of data decides the test. Runs must ' +
    'have used the same items of one dataset version; otherwise the answer lists ids that differ. A small comparison is ' +
    'complete in the answer. A large one is `in_progress`: get it again until it has ended. Each run may have 500,000 items ' +
    'per criterion, 100,000 where items are compared in groups, and 20,000 where a criterion needs vectors or texts.',
  tag: 'comparisons',
  access: 'key',
  json: jsonBody(comparisonCreate, { name: EXAMPLE_COMPARISON.name, baseline: BASELINE, treatments: [TREATMENT] }),
  idempotent: true,
  answers: { 201: jsonAnswer(comparisonObject, 'The comparison, complete or in progress.', EXAMPLE_COMPARISON) },
  refuses: [404, 409, 413, 422],
})

export const listComparisons = operation({
  method: 'get',
  path: '/v1/comparisons',
  operationId: 'listComparisons',
  summary: 'List comparisons',
  description: 'Lists the comparisons of this tenant.',
  tag: 'comparisons',
  access: 'key',
  query: comparisonQuery,
  answers: { 200: jsonAnswer(comparisonList, 'A page of comparisons.', examplePage(EXAMPLE_COMPARISON)) },
})

export const getComparison = operation({
  method: 'get',
  path: '/v1/comparisons/{id}',
  params,
  operationId: 'getComparison',
  summary: 'Get a comparison',
  description: 'Returns a comparison. It has results once its status is `completed`.',
  tag: 'comparisons',
  access: 'key',
  answers: { 200: jsonAnswer(comparisonObject, 'The comparison.', EXAMPLE_COMPARISON) },
  refuses: [404],
})

export const deleteComparison = operation({
  method: 'delete',
  path: '/v1/comparisons/{id}',
  params,
  operationId: 'deleteComparison',
  summary: 'Delete a comparison',
  description: 'Deletes a comparison. Its runs stay.',
  tag: 'comparisons',
  access: 'key',
  answers: {
    200: jsonAnswer(comparisonDeleted, 'The comparison is deleted.', { object: 'comparison.deleted', id: ID, deleted: true }),
  },
  refuses: [404],
})
