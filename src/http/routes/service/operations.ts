/**
 * Health and the document: responses.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { jsonAnswer, operation } from '../../operation.ts'

const health = z
  .object({
    status: z.literal('ok'),
    memory: z.record(z.string(), z.unknown()).optional().describe('What the isolate holds in memory; only for administrators.'),
  })
  .openapi('Health')

export const getHealth = operation({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Get the health of the service',
  description: 'Answers while the Worker runs. Administrators also see what it holds in memory.',
  tag: 'service',
  access: 'public',
  anyOrigin: true,
  answers: { 200: jsonAnswer(health, 'The Worker runs.', { status: 'ok' }) },
})

export const getDocument = operation({
  method: 'get',
  path: '/openapi.json',
  operationId: 'getDocument',
  summary: 'Get this document',
  description: 'Returns the description of this API as OpenAPI 3.1, generated from the operations themselves.',
  tag: 'service',
  access: 'public',
  anyOrigin: true,
  answers: {
    200: jsonAnswer(z.record(z.string(), z.unknown()), 'The document.', {
      openapi: '3.1.0',
      info: { title: 'Assay', version: '0.1.0' },
      paths: {},
    }),
  },
})
