/**
 * Live progress of a run: the request and its answers.
 * @module
 */
import { operation } from '../../operation.ts'
import { runParams } from '../runs/operations.ts'

export const streamRunEvents = operation({
  method: 'get',
  path: '/v1/evals/{eval_id}/runs/{run_id}/events',
  params: runParams,
  operationId: 'streamRunEvents',
  summary: 'Watch a run',
  description:
    'Server-Sent Events: `run.started`, `run.progress`, `run.values`, `run.log` and last `run.ended` (docs/run-events.md). A ' +
    'connection lives two minutes; a request with the header `Last-Event-ID` goes on after that event, without loss or repeat. ' +
    '204: the run has ended, and there is nothing after that event.',
  tag: 'runs',
  access: 'key',
  answers: {
    200: { mediaType: 'text/event-stream', description: 'The events.' },
    204: { mediaType: null, description: 'The run has ended and its last event was received: do not reconnect.' },
  },
  refuses: [400, 404],
})
