/**
 * `/v1/submissions`: requests and responses.
 * @module
 */
import { jsonAnswer, operation } from '../../operation.ts'
import { submissionResults } from './schema.ts'

const CALL = '01a228da7750767c8620c4fdb1aa4ee2'
const EXAMPLE = {
  object: 'submission.results',
  id: CALL,
  status: 'in_progress',
  missing: [`${CALL}-00007`],
} as const

const params = { token: { description: 'Signed by this deployment; expires.', example: 'WyJzdWJtaXNzaW9uIl0.c2lnbmVk' } }

export const getSubmissionRequests = operation({
  method: 'get',
  path: '/v1/submissions/{token}/requests',
  params,
  operationId: 'getSubmissionRequests',
  summary: 'Read the requests of a job',
  description:
    'The requests of a job, one JSON object per line, as in an input file of OpenAI’s Batch API. The address comes from ' +
    'the manifest that the worker was sent.',
  tag: 'endpoints',
  access: 'public',
  answers: { 200: { mediaType: 'application/octet-stream', description: 'JSON lines.' } },
  refuses: [404],
})

export const getSignedPicture = operation({
  method: 'get',
  path: '/v1/pictures/{token}',
  params,
  operationId: 'getSignedPicture',
  summary: 'Read a picture by its signed address',
  description:
    'The bytes of a stored picture, for an endpoint whose `pictures.send` is `signed_url`. Above its `pictures.max_pixels`, a ' +
    'smaller copy as PNG.',
  tag: 'endpoints',
  access: 'public',
  answers: {
    200: {
      mediaType: 'application/octet-stream',
      orAs: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
      description: 'The picture, byte for byte as imported, or a smaller copy.',
    },
  },
  refuses: [404],
})

export const getSubmissionResults = operation({
  method: 'get',
  path: '/v1/submissions/{token}/results',
  params,
  operationId: 'getSubmissionResults',
  summary: 'Which results of a job are missing',
  description: 'For a worker that was interrupted: the requests that have no result yet.',
  tag: 'endpoints',
  access: 'public',
  answers: { 200: jsonAnswer(submissionResults, 'The missing results.', EXAMPLE) },
  refuses: [404],
})

export const addSubmissionResults = operation({
  method: 'post',
  path: '/v1/submissions/{token}/results',
  params,
  operationId: 'addSubmissionResults',
  summary: 'Deliver results of a job',
  description:
    'Takes results, one JSON object per line, as in an output file of OpenAI’s Batch API. Signed like a Standard Webhooks ' +
    'delivery, with the secret of the endpoint. Some at a time or all at once; a repeated result changes nothing.',
  tag: 'endpoints',
  access: 'public',
  raw: { description: 'JSON lines, at most 8 MiB.' },
  answers: { 200: jsonAnswer(submissionResults, 'The results are stored.', { ...EXAMPLE, status: 'complete', missing: [] }) },
  refuses: [404, 409, 422],
})
