/**
 * `/openapi.json` from the zod contracts: each route registers what it takes and gives beside its handler.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { problem } from '../contracts/wire/common.ts'
import type { App } from './app-context.ts'
import { IDEMPOTENCY_KEY } from './idempotency-key.ts'

export interface RouteDescription {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With `{parameters}`. */
  readonly path: string
  /** Names the operation in generated clients; unique. */
  readonly operationId: string
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
  /** Other answers that are no refusals. */
  readonly also?: Readonly<Partial<Record<200 | 201 | 202, { readonly description: string; readonly schema: z.ZodType }>>>
  /** Statuses of problems beside those that follow from what the route takes, see {@link refusalsOf}. */
  readonly refuses?: readonly Refusal[]
  /** Needs a key with the role admin. */
  readonly admin?: boolean
  /** Takes an `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** Anyone may call it. */
  readonly open?: boolean
}

/** What a problem of each status says of the request; the codes are those of `failure-response.ts`. */
const REFUSALS = {
  400: 'Syntax, type or range of a field, a parameter or the body',
  401: 'No key, or no valid one',
  403: 'The role or tenant of this key may not do that',
  404: 'Nothing of that id here',
  409: 'The present state does not allow that',
  413: 'Too large; `limit` and `unit` say how much is allowed',
  415: 'A media type that is not read here; `accepted` lists those that are',
  422: 'Well-formed content that cannot be used',
  429: 'Too many requests; `Retry-After` says how long to wait',
  500: 'A fault of this service',
  503: 'Something that this needs is out of reach for now; `Retry-After` says how long to wait',
} as const

export type Refusal = keyof typeof REFUSALS

/** Statuses of every problem that a route answers with. */
function refusalsOf({ query, json, form, binary, idempotent, admin, refuses = [] }: RouteDescription): Refusal[] {
  const body = json !== undefined || form !== undefined
  return [
    ...new Set<Refusal>([
      // A key that is wrong is refused on open routes as well.
      401,
      429,
      500,
      503,
      ...(query || body || binary || idempotent ? ([400] as const) : []),
      ...(body ? ([413, 415] as const) : []),
      ...(idempotent ? ([409, 422] as const) : []),
      ...(admin ? ([403] as const) : []),
      ...refuses,
    ]),
  ].toSorted()
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
    operationId: route.operationId,
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
      ...Object.fromEntries(
        Object.entries(route.also ?? {}).map(([status, { description, schema }]) => [
          status,
          { description, content: { 'application/json': { schema } } },
        ]),
      ),
      ...Object.fromEntries(
        refusalsOf(route).map((status) => [
          status,
          { description: REFUSALS[status], content: { 'application/problem+json': { schema: problem } } },
        ]),
      ),
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
