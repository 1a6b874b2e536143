/**
 * `/v1/reports`: requests and responses.
 * @module
 */
import { jsonAnswer, operation } from '../../operation.ts'
import { EXAMPLE_REPORT, EXAMPLE_REPORT_DIGEST } from './example.ts'
import { report } from '../../../contracts/report.ts'

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
