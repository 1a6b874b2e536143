/**
 * `POST /hooks/{trigger}`: requests and responses.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { jsonAnswer, operation } from '../../operation.ts'
import { EXAMPLE_RUN } from '../runs/operations.ts'
import { runObject } from '../runs/schema.ts'
import { EXAMPLE_TRIGGER } from '../triggers/operations.ts'

const pong = z.object({ object: z.literal('pong') }).openapi('Pong')

export const deliverWebhook = operation({
  method: 'post',
  path: '/hooks/{trigger}',
  params: { trigger: { description: 'Id of the trigger.', example: EXAMPLE_TRIGGER.id } },
  operationId: 'deliverWebhook',
  summary: 'Deliver a signed webhook',
  description:
    'Starts the run of a trigger. The delivery is signed as GitHub or Standard Webhooks sign theirs, and needs no key; ' +
    'a repeated delivery starts nothing again.',
  tag: 'webhooks',
  access: 'public',
  raw: { description: 'The delivery, at most 1 MiB. Its content is not read, except for the ids of runs that led to it.' },
  answers: {
    200: jsonAnswer(
      z.union([runObject, pong]),
      'The run that an earlier delivery of the same event started; or the answer to a ping of GitHub.',
      { object: 'pong' },
    ),
    201: jsonAnswer(runObject, 'The new run.', EXAMPLE_RUN),
  },
  refuses: [404, 409, 422],
})
