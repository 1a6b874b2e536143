/**
 * `/openapi.json` from the zod contracts: each route registers what it takes and gives beside its handler.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { problem } from '../contracts/wire/common.ts'
import type { App } from './app-context.ts'
import { IDEMPOTENCY_KEY } from './idempotency.ts'

export interface RouteDescription {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** With `{parameters}`. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly query?: z.ZodObject
  readonly json?: z.ZodType
  /** Form fields, for multipart routes. */
  readonly form?: Readonly<Record<string, 'text' | 'file' | 'files'>>
  /** The body is a file as it is. */
  readonly binary?: boolean
  readonly response: z.ZodType
  /** Of the response; `application/json` unless given. */
  readonly produces?: string
  readonly status?: 200 | 201 | 202
  /** Takes an `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** Anyone may call it. */
  readonly open?: boolean
}

/** Registers a route with the OpenAPI document. */
export function describe(app: App, route: RouteDescription): void {
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
  const content = {
    ...(route.json ? { 'application/json': { schema: route.json } } : {}),
    ...(route.form ? { 'multipart/form-data': { schema: formSchema(route.form) } } : {}),
    ...(route.binary ? { 'application/octet-stream': { schema: binarySchema() } } : {}),
  }
  app.openAPIRegistry.registerPath({
    method: route.method,
    path: route.path,
    summary: route.summary,
    tags: [route.tag],
    security: route.open ? [] : [{ key: [] }],
    request: {
      ...(parameters.length > 0 ? { params: z.object(Object.fromEntries(parameters.map((name) => [name, z.string()]))) } : {}),
      ...(route.query ? { query: route.query } : {}),
      ...(route.idempotent ? { headers: z.object({ [IDEMPOTENCY_KEY]: idempotencyKey }) } : {}),
      ...(Object.keys(content).length > 0 ? { body: { content, required: true } } : {}),
    },
    responses: {
      [route.status ?? 200]: {
        description: route.summary,
        ...(route.idempotent ? { headers: z.object({ 'Idempotent-Replayed': idempotentReplayed }) } : {}),
        content: { [route.produces ?? 'application/json']: { schema: route.response } },
      },
      default: { description: 'RFC 9457 problem details', content: { 'application/problem+json': { schema: problem } } },
    },
  })
}

const idempotencyKey = z.string().optional().openapi({
  description: 'Sent again under its key within a day, a request makes nothing twice and is answered as it was the first time',
})
const idempotentReplayed = z.literal('true').optional().openapi({ description: 'On an answer that was given before' })

function binarySchema(): z.ZodType {
  return z.any().openapi({ type: 'string', format: 'binary' })
}

function formSchema(fields: Readonly<Record<string, 'text' | 'file' | 'files'>>): z.ZodType {
  const shapes = { text: () => z.string(), file: binarySchema, files: () => z.array(binarySchema()) }
  return z.object(Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, shapes[kind]().optional()])))
}

export const OPENAPI_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Assay',
    version: '0.1.0',
    description:
      'Evaluation of image+text models at the edge: per-request scores, whole benchmarks, exact metrics with intervals.',
    license: { name: 'Apache-2.0' },
  },
} as const
