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
const ignored = z
  .object({
    object: z.literal('delivery.ignored'),
    reason: z.string().describe('The condition of the filter that does not hold.'),
  })
  .openapi('DeliveryIgnored')

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
  raw: {
    description:
      'The delivery, at most 1 MiB. It is read where the trigger has a filter, placeholders or a ' +
      'commit status, and for the ids of runs that led to it.',
  },
  answers: {
    200: jsonAnswer(
      z.union([runObject, pong, ignored]),
      'The run that an earlier delivery of the same event started; or the answer to a ping of GitHub; or the reason for ' +
        'which the filter of the trigger ignores the delivery.',
      { object: 'pong' },
    ),
    201: jsonAnswer(runObject, 'The new run.', EXAMPLE_RUN),
  },
  refuses: [404, 409, 422],
})
