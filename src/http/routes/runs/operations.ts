/**
 * `/v1/evals/{eval_id}/runs`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_DATASET } from '../datasets/operations.ts'
import { EXAMPLE_EVAL } from '../evals/operations.ts'
import { EXAMPLE_REPORT, EXAMPLE_REPORT_DIGEST } from '../reports/example.ts'
import { ledgerQuery, runEstimate, runLedger } from './ledger-schema.ts'
import { runCreate } from './run-create.ts'
import { recomputation, runChange, runDeleted, runList, type RunObject, runObject, runQuery } from './schema.ts'

const ID = 'evalrun_019aced0b2f07c4e8d1a2b3c4d5e6f78'

const DATA_SOURCE = {
  type: 'dataset',
  dataset: EXAMPLE_DATASET.id,
  subject: { type: 'edge_model', model: 'assay-clip' },
} as const

/** A run in progress. */
export const EXAMPLE_RUN = {
  object: 'eval.run',
  id: ID,
  eval_id: EXAMPLE_EVAL.id,
  name: 'assay-clip on scenes',
  status: 'in_progress',
  model: 'assay-clip',
  created_at: 1_795_957_200,
  report_url: `/v1/evals/${EXAMPLE_EVAL.id}/runs/${ID}`,
  result_counts: { total: 48, passed: 0, failed: 0, errored: 0 },
  per_model_usage: [
    {
      model_name: 'assay-clip',
      invocation_count: 0,
      prompt_tokens: 0,
      completion_tokens: 0,
      total_tokens: 0,
      cached_tokens: 0,
    },
  ],
  per_testing_criteria_results: [{ testing_criteria: 'retrieval', passed: 0, failed: 0, errored: 0 }],
  outcome_counts: {},
  warnings: [],
  stored_answers: 0,
  paused: null,
  retry_of: null,
  data_source: DATA_SOURCE,
  metadata: null,
  error: null,
  visibility: 'public',
  max_errored: 0.1,
  gate: null,
  spec_digest: EXAMPLE_REPORT.spec_digest,
  report_digest: null,
  report: null,
  errored_bounds: null,
  progress: { shards: 3, recorded: 0, failed: 0, skipped: 0 },
} as const satisfies RunObject

const COMPLETED = {
  ...EXAMPLE_RUN,
  status: 'completed',
  report_url: `/v1/reports/${EXAMPLE_REPORT_DIGEST}`,
  result_counts: { total: 48, passed: 42, failed: 6, errored: 0 },
  per_model_usage: [{ ...EXAMPLE_RUN.per_model_usage[0], invocation_count: 48 }],
  per_testing_criteria_results: [{ testing_criteria: 'retrieval', passed: 42, failed: 6, errored: 0 }],
  report_digest: EXAMPLE_REPORT_DIGEST,
  report: EXAMPLE_REPORT,
  errored_bounds: [],
  progress: { shards: 3, recorded: 3, failed: 0, skipped: 0 },
} as const satisfies RunObject

const RUNS = '/v1/evals/{eval_id}/runs'
const evalParam = { eval_id: { description: 'Id of the eval.', example: EXAMPLE_EVAL.id } }
/** Path parameters of every route below a run. */
export const runParams = { ...evalParam, run_id: { description: 'Id of the run.', example: ID } }

const EXAMPLE_ESTIMATE = {
  object: 'eval.run.estimate',
  items: 48,
  requests: { least: 48, worst_case: 240 },
  prompt_tokens_per_request: 2000,
  completion_tokens_per_request: 16,
  cost_usd: { least: 0.01, worst_case: 0.05 },
} as const

const EXAMPLE_RECOMPUTATION = {
  object: 'eval.run.recomputation',
  run_id: ID,
  status: 'completed',
  report_digest: EXAMPLE_REPORT_DIGEST,
  recomputed_digest: EXAMPLE_REPORT_DIGEST,
  equal: true,
  rows_equal: true,
  error: null,
  requested_at: 1_795_957_300,
  ended_at: 1_795_957_300,
} as const

export const createRun = operation({
  method: 'post',
  path: RUNS,
  params: evalParam,
  operationId: 'createRun',
  summary: 'Start a run',
  description: 'Evaluates a model on a dataset version with the scorers of an eval. A run that could not succeed is refused.',
  tag: 'runs',
  access: 'key',
  json: jsonBody(runCreate, { name: EXAMPLE_RUN.name, data_source: DATA_SOURCE, visibility: 'public' }),
  idempotent: true,
  answers: {
    200: jsonAnswer(runEstimate, 'With `dry_run`: what the run may take.', EXAMPLE_ESTIMATE),
    201: jsonAnswer(runObject, 'The run, under way.', EXAMPLE_RUN),
  },
  refuses: [404, 409, 413, 422],
})

export const retryRun = operation({
  method: 'post',
  path: `${RUNS}/{run_id}/retry`,
  params: runParams,
  operationId: 'retryRun',
  summary: 'Retry the errored items of a run',
  description:
    'Starts a run with the same specification that reads the stored answers of this one, so that only items without an ' +
    'answer are asked. Only for runs at an endpoint that have ended. Refused with 409 while a batch or job of the run is ' +
    'being stopped: it would be paid for again.',
  tag: 'runs',
  access: 'key',
  idempotent: true,
  answers: { 201: jsonAnswer(runObject, 'The new run, under way.', EXAMPLE_RUN) },
  refuses: [404, 409, 422],
})

export const getLedger = operation({
  method: 'get',
  path: `${RUNS}/{run_id}/ledger`,
  params: runParams,
  operationId: 'getRunLedger',
  summary: 'Get the ledger of a run',
  description: 'What the run paid for: totals, budget, and a page of its requests to the endpoint in order.',
  tag: 'runs',
  access: 'key',
  query: ledgerQuery,
  answers: {
    200: jsonAnswer(runLedger, 'The ledger.', {
      object: 'eval.run.ledger',
      run_id: ID,
      key_id: '4m0qk2x7t9w1b3d5',
      answers_of: ID,
      cache: 'auto',
      budget: { max_requests: 500, max_cost_usd: null },
      requests: { intents: 1, settled: 1, unanswered: 0, open: 0 },
      prompt_tokens: 380,
      completion_tokens: 2,
      cost_usd: 0.000_078,
      held_usd: 0,
      calls: {
        object: 'list',
        data: [
          {
            object: 'eval.run.call',
            id: '019aced0b2f07c4e8d1a2b3c4d5e6f79',
            item_id: '262148000',
            state: 'settled',
            status: 200,
            outcome: 'answered',
            prompt_tokens: 380,
            completion_tokens: 2,
            cost_usd: 0.000_078,
            held_usd: 0,
            begun_at: 1_795_957_201,
            ended_at: 1_795_957_202,
          },
        ],
        first_id: '019aced0b2f07c4e8d1a2b3c4d5e6f79',
        last_id: '019aced0b2f07c4e8d1a2b3c4d5e6f79',
        has_more: false,
      },
    }),
  },
  refuses: [404],
})

export const listRuns = operation({
  method: 'get',
  path: RUNS,
  params: evalParam,
  operationId: 'listRuns',
  summary: 'List runs',
  description: 'Lists the runs of an eval, without their reports.',
  tag: 'runs',
  access: 'key',
  query: runQuery,
  answers: { 200: jsonAnswer(runList, 'A page of runs.', examplePage({ ...COMPLETED, report: null, errored_bounds: null })) },
  refuses: [404],
})

export const getRun = operation({
  method: 'get',
  path: `${RUNS}/{run_id}`,
  params: runParams,
  operationId: 'getRun',
  summary: 'Get a run',
  description: 'Returns a run with its progress and, once it has one, its report.',
  tag: 'runs',
  access: 'key',
  answers: { 200: jsonAnswer(runObject, 'The run.', COMPLETED) },
  refuses: [404],
})

const cancel = {
  method: 'post',
  params: runParams,
  summary: 'Cancel a run',
  tag: 'runs',
  access: 'key',
  answers: { 200: jsonAnswer(runObject, 'The cancelled run.', { ...EXAMPLE_RUN, status: 'canceled' }) },
  // A body is optional and must be an empty object.
  refuses: [400, 404, 408, 409, 413, 415],
} as const

/** As OpenAI's specification has it. */
export const cancelRunByPost = operation({
  ...cancel,
  path: `${RUNS}/{run_id}`,
  operationId: 'cancelRunByPost',
  description: 'Cancels a run. Cancelling again is fine; after its end it is refused with 409.',
})

/** As OpenAI's SDKs call it. */
export const cancelRun = operation({
  ...cancel,
  path: `${RUNS}/{run_id}/cancel`,
  operationId: 'cancelRun',
  description: 'Does the same as a POST to the run itself. The SDKs of OpenAI call this path.',
})

export const recomputeRun = operation({
  method: 'post',
  path: `${RUNS}/{run_id}/recompute`,
  params: runParams,
  operationId: 'recomputeRun',
  summary: 'Recompute a report',
  description:
    'Computes the report again from the recorded rows and compares it with the published one. Changes nothing. For a run of ' +
    'more than 20,000 items a job does it: 202, then GET the same path until `status` is no longer `in_progress`.',
  tag: 'runs',
  access: 'key',
  answers: {
    200: jsonAnswer(recomputation, 'Both digests, and whether they are of the same bytes.', EXAMPLE_RECOMPUTATION),
    202: jsonAnswer(recomputation, 'A job recomputes it.', {
      ...EXAMPLE_RECOMPUTATION,
      status: 'in_progress',
      report_digest: null,
      recomputed_digest: null,
      equal: null,
      rows_equal: null,
      ended_at: null,
    }),
  },
  refuses: [404, 409],
})

export const getRecomputation = operation({
  method: 'get',
  path: `${RUNS}/{run_id}/recompute`,
  params: runParams,
  operationId: 'getRecomputation',
  summary: 'Get the last recomputation of a report',
  description: 'Returns the last recomputation, in progress or ended. 404 if there was none.',
  tag: 'runs',
  access: 'key',
  answers: { 200: jsonAnswer(recomputation, 'The recomputation.', EXAMPLE_RECOMPUTATION) },
  refuses: [404],
})

export const updateRun = operation({
  method: 'patch',
  path: `${RUNS}/{run_id}`,
  params: runParams,
  operationId: 'updateRun',
  summary: 'Publish a run, or take it down',
  description: 'Changes the visibility of a run. Only completed public runs are ranked.',
  tag: 'runs',
  access: 'key',
  json: jsonBody(runChange, { visibility: 'private' }),
  answers: { 200: jsonAnswer(runObject, 'The changed run.', { ...COMPLETED, visibility: 'private' }) },
  refuses: [404, 409],
})

export const deleteRun = operation({
  method: 'delete',
  path: `${RUNS}/{run_id}`,
  params: runParams,
  operationId: 'deleteRun',
  summary: 'Delete a run',
  description:
    'Deletes a run with its samples and its report. Refused with 409 while it is in progress or public, and while a batch ' +
    'or job of it is being stopped.',
  tag: 'runs',
  access: 'key',
  answers: {
    200: jsonAnswer(runDeleted, 'The run is deleted.', { object: 'eval.run.deleted', deleted: true, run_id: ID }),
  },
  refuses: [404, 409],
})
