/**
 * `/v1/fine_tuning/alpha/graders`: requests and responses.
 * @module
 */
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { graderResult, type GraderResult, graderRun, graderValidate, graderValidated } from './schema.ts'

const GRADER = {
  type: 'string_check',
  name: 'exact',
  input: '{{sample.output_text}}',
  reference: '{{item.answer}}',
  operation: 'eq',
} as const

export const NO_ERRORS: GraderResult['metadata']['errors'] = {
  formula_parse_error: false,
  sample_parse_error: false,
  sample_parse_error_details: null,
  truncated_observation_error: false,
  unresponsive_reward_error: false,
  invalid_variable_error: false,
  invalid_variable_error_details: null,
  other_error: false,
  python_grader_server_error: false,
  python_grader_server_error_type: null,
  python_grader_runtime_error: false,
  python_grader_runtime_error_details: null,
  model_grader_server_error: false,
  model_grader_refusal_error: false,
  model_grader_parse_error: false,
  model_grader_exceeded_max_tokens: false,
  model_grader_server_error_details: null,
}

export const runGrader = operation({
  method: 'post',
  path: '/v1/fine_tuning/alpha/graders/run',
  operationId: 'runGrader',
  summary: 'Judge one answer',
  description:
    'Judges one answer by any grader, or by a formula over several (`multi`). Calls of a grading model are counted as those of `POST /v1/chat/completions`.',
  tag: 'evals',
  access: 'key',
  idempotent: true,
  json: jsonBody(graderRun, { grader: GRADER, model_sample: 'Paris', item: { answer: 'Paris' } }),
  answers: {
    200: jsonAnswer(graderResult, 'The score.', {
      reward: 1,
      sub_rewards: {},
      model_grader_token_usage_per_model: {},
      metadata: {
        name: GRADER.name,
        type: GRADER.type,
        errors: NO_ERRORS,
        execution_time: 0,
        scores: { exact: 1 },
        token_usage: null,
        sampled_model_name: null,
      },
    }),
  },
  refuses: [422, 502],
})

export const validateGrader = operation({
  method: 'post',
  path: '/v1/fine_tuning/alpha/graders/validate',
  operationId: 'validateGrader',
  summary: 'Check a grader',
  description: 'Checks the specification of a grader and returns it with its defaults.',
  tag: 'evals',
  access: 'key',
  json: jsonBody(graderValidate, { grader: GRADER }),
  answers: { 200: jsonAnswer(graderValidated, 'The grader.', { grader: GRADER }) },
})
