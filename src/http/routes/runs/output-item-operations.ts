/**
 * `/v1/evals/{eval_id}/runs/{run_id}/output_items`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, operation } from '../../operation.ts'
import { EXAMPLE_EVAL } from '../evals/operations.ts'
import { EXAMPLE_RUN, runParams } from './operations.ts'
import { type OutputItem, outputItem, outputItemList, outputItemQuery } from './output-item-schema.ts'

const EXAMPLE = {
  object: 'eval.run.output_item',
  id: 'outputitem_019aced0b2f07c4e8d1a2b3c4d5e6f78_0',
  run_id: EXAMPLE_RUN.id,
  eval_id: EXAMPLE_EVAL.id,
  created_at: EXAMPLE_RUN.created_at,
  status: 'pass',
  datasource_item_id: 0,
  datasource_item: { task: 'retrieval', id: '12', captions: ['a red boat'] },
  results: [{ name: 'retrieval', type: 'retrieval', score: null, passed: true, status: 'scored', details: { image_rank: 1 } }],
  warnings: [],
  sample: {
    input: [],
    output: [],
    finish_reason: null,
    model: EXAMPLE_RUN.model,
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cached_tokens: 0 },
    error: null,
    temperature: null,
    top_p: null,
    seed: null,
    max_completion_tokens: null,
  },
} satisfies OutputItem

const ITEMS = '/v1/evals/{eval_id}/runs/{run_id}/output_items'

export const listOutputItems = operation({
  method: 'get',
  path: ITEMS,
  params: runParams,
  operationId: 'listOutputItems',
  summary: "List a run's samples",
  description: "Lists the samples of a run so far, in the dataset's hash order or its reverse.",
  tag: 'runs',
  access: 'key',
  query: outputItemQuery,
  answers: { 200: jsonAnswer(outputItemList, 'A page of samples.', examplePage(EXAMPLE)) },
  refuses: [404],
})

export const getOutputItem = operation({
  method: 'get',
  path: `${ITEMS}/{output_item_id}`,
  params: { ...runParams, output_item_id: { description: 'Id of the sample.', example: EXAMPLE.id } },
  operationId: 'getOutputItem',
  summary: 'Get a sample',
  description: 'Returns one sample of a run: item, answer, and the result of each scorer.',
  tag: 'runs',
  access: 'key',
  answers: { 200: jsonAnswer(outputItem, 'The sample.', EXAMPLE) },
  refuses: [404],
})
