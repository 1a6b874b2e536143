/**
 * `/v1/evals`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { evalCreate, evalDeleted, evalList, evalObject, evalQuery, evalUpdate } from './schema.ts'

export const EXAMPLE_EVAL = {
  object: 'eval',
  id: 'eval_019aced0b2f07c4e8d1a2b3c4d5e6f77',
  name: 'fit',
  created_at: 1_795_957_200,
  data_source_config: { type: 'dataset', task: 'retrieval' },
  testing_criteria: [
    { type: 'retrieval', name: 'retrieval' },
    { type: 'image_text_similarity', name: 'clipscore', variant: 'clipscore-2.5', pass_threshold: 0 },
  ],
  metadata: null,
} as const

const params = { eval_id: { description: 'Id of the eval.', example: EXAMPLE_EVAL.id } }

export const createEval = operation({
  method: 'post',
  path: '/v1/evals',
  operationId: 'createEval',
  summary: 'Create an eval',
  description: 'States what is measured: a task, and the scorers of its runs. Scorers that do not fit the task are refused.',
  tag: 'evals',
  access: 'key',
  json: jsonBody(evalCreate, {
    name: 'fit',
    data_source_config: EXAMPLE_EVAL.data_source_config,
    testing_criteria: [
      { type: 'retrieval', name: 'retrieval' },
      { type: 'image_text_similarity', name: 'clipscore' },
    ],
  }),
  idempotent: true,
  answers: { 201: jsonAnswer(evalObject, 'The new eval.', EXAMPLE_EVAL) },
  refuses: [422],
})

export const listEvals = operation({
  method: 'get',
  path: '/v1/evals',
  operationId: 'listEvals',
  summary: 'List evals',
  description: 'Lists the evals of this tenant.',
  tag: 'evals',
  access: 'key',
  query: evalQuery,
  answers: { 200: jsonAnswer(evalList, 'A page of evals.', examplePage(EXAMPLE_EVAL)) },
})

export const getEval = operation({
  method: 'get',
  path: '/v1/evals/{eval_id}',
  params,
  operationId: 'getEval',
  summary: 'Get an eval',
  description: 'Returns an eval.',
  tag: 'evals',
  access: 'key',
  answers: { 200: jsonAnswer(evalObject, 'The eval.', EXAMPLE_EVAL) },
  refuses: [404],
})

export const updateEval = operation({
  method: 'post',
  path: '/v1/evals/{eval_id}',
  params,
  operationId: 'updateEval',
  summary: 'Change an eval',
  description: "Changes an eval's name or metadata; what it measures never changes.",
  tag: 'evals',
  access: 'key',
  json: jsonBody(evalUpdate, { name: 'fit of captions' }),
  answers: { 200: jsonAnswer(evalObject, 'The changed eval.', { ...EXAMPLE_EVAL, name: 'fit of captions' }) },
  refuses: [404],
})

export const deleteEval = operation({
  method: 'delete',
  path: '/v1/evals/{eval_id}',
  params,
  operationId: 'deleteEval',
  summary: 'Delete an eval',
  description: 'Deletes an eval. Refused with 409 while it has a run in progress or a trigger.',
  tag: 'evals',
  access: 'key',
  answers: {
    200: jsonAnswer(evalDeleted, 'The eval is deleted.', {
      object: 'eval.deleted',
      deleted: true,
      eval_id: EXAMPLE_EVAL.id,
    }),
  },
  refuses: [404, 409],
})
