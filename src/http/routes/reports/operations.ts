/**
 * `/v1/reports`: requests and responses.
 * @module
 */
import { jsonAnswer, operation } from '../../operation.ts'
import { EXAMPLE_REPORT, EXAMPLE_REPORT_DIGEST } from './example.ts'
import { z } from '@hono/zod-openapi'
import { report } from '../../../contracts/report.ts'
import { erroredBounds } from '../../../contracts/wire/errored-bounds.ts'

export const getReport = operation({
  method: 'get',
  path: '/v1/reports/{digest}',
  params: { digest: { description: 'SHA-256 of the report, in hex.', example: EXAMPLE_REPORT_DIGEST } },
  operationId: 'getReport',
  summary: 'Get a report',
  description: 'Returns a report as the bytes that the digest is over (RFC 8785). Reports of public runs need no key.',
  tag: 'reports',
  access: 'reader',
  anyOrigin: true,
  answers: { 200: jsonAnswer(report, 'The report.', EXAMPLE_REPORT) },
  refuses: [404],
})

const boundsList = z.object({ object: z.literal('list'), data: z.array(erroredBounds) }).openapi('ErroredBoundsList')

export const getErroredBoundsOfReport = operation({
  method: 'get',
  path: '/v1/reports/{digest}/errored_bounds',
  params: { digest: { description: 'SHA-256 of the report, in hex.', example: EXAMPLE_REPORT_DIGEST } },
  operationId: 'getErroredBoundsOfReport',
  summary: 'Get the bounds of a report’s metrics with errored items',
  description:
    'For each metric of the report that is a mean over items and has errored ones: its value if each of them had the least, ' +
    'or the greatest, possible score. Empty without any. Those of public runs need no key.',
  tag: 'reports',
  access: 'reader',
  anyOrigin: true,
  answers: {
    200: jsonAnswer(boundsList, 'The bounds.', {
      object: 'list',
      data: [{ criterion: 'answers', metric: 'vqa_accuracy', variant: 'vqa-2021', low: 0.83, high: 0.85 }],
    }),
  },
  refuses: [404],
})
