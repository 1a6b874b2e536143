/**
 * `/v1/triggers`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_DATASET } from '../datasets/operations.ts'
import { EXAMPLE_EVAL } from '../evals/operations.ts'
import { triggerCreate, triggerDeleted, triggerList, type TriggerObject, triggerObject, triggerQuery } from './schema.ts'

const ID = 'trig_019aced0b2f07c4e8d1a2b3c4d5e6f76'

export const EXAMPLE_TRIGGER = {
  object: 'trigger',
  id: ID,
  name: 'new checkpoint',
  eval_id: EXAMPLE_EVAL.id,
  scheme: 'github',
  url: `/hooks/${ID}`,
  run: {
    data_source: {
      type: 'dataset',
      dataset: EXAMPLE_DATASET.id,
      subject: { type: 'edge_model', model: 'assay-clip' },
    },
  },
  filter: { events: ['push'], branches: ['main'], paths: ['models/**'] },
  commit_status: null,
  created_at: 1_795_957_200,
} as const satisfies TriggerObject

export const createTrigger = operation({
  method: 'post',
  path: '/v1/triggers',
  operationId: 'createTrigger',
  summary: 'Create a trigger',
  description:
    'Lets signed deliveries to `POST /hooks/{trigger}` start runs of an eval. The run is checked now, its model at each ' +
    'delivery if the payload names it. `commit_status` takes the key of an administrator.',
  tag: 'webhooks',
  access: 'key',
  json: jsonBody(triggerCreate, {
    name: EXAMPLE_TRIGGER.name,
    eval_id: EXAMPLE_TRIGGER.eval_id,
    scheme: EXAMPLE_TRIGGER.scheme,
    run: EXAMPLE_TRIGGER.run,
    filter: EXAMPLE_TRIGGER.filter,
  }),
  answers: {
    201: jsonAnswer(triggerObject, 'The new trigger.', {
      ...EXAMPLE_TRIGGER,
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    }),
  },
  refuses: [403, 404, 409, 422],
})

export const listTriggers = operation({
  method: 'get',
  path: '/v1/triggers',
  operationId: 'listTriggers',
  summary: 'List triggers',
  description: 'Lists the triggers of this tenant, without their secrets.',
  tag: 'webhooks',
  access: 'key',
  query: triggerQuery,
  answers: { 200: jsonAnswer(triggerList, 'A page of triggers.', examplePage(EXAMPLE_TRIGGER)) },
})

export const deleteTrigger = operation({
  method: 'delete',
  path: '/v1/triggers/{id}',
  params: { id: { description: 'Id of the trigger.', example: ID } },
  operationId: 'deleteTrigger',
  summary: 'Delete a trigger',
  description: 'Deletes a trigger. Deliveries to it are then refused with 404; runs that it started go on.',
  tag: 'webhooks',
  access: 'key',
  answers: {
    200: jsonAnswer(triggerDeleted, 'The trigger is deleted.', { object: 'trigger.deleted', id: ID, deleted: true }),
  },
  refuses: [404],
})
