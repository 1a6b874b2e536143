/**
 * An operation of the API as one value: path, parameters, query, body and every response, each stated once.
 * It determines the document (`/openapi.json`), the router, the methods in a 405 and the types of the
 * handler.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import { IDEMPOTENCY_KEY } from './idempotency-key.ts'
import { problemResponses, type Refusal, refusalsOf } from './refusals.ts'
import type { Tag } from './tags.ts'

/**
 * Required access.
 * - `public`: anyone, unlimited (health, the document), or authenticated by other means (signed deliveries).
 * - `reader`: anyone; requests without a key are limited per network.
 * - `visitor`: anyone; requests without a key are limited per network and by their cost.
 * - `key`: any valid key. `admin`: a key with the role `admin`.
 */
export type Access = 'public' | 'reader' | 'visitor' | 'key' | 'admin'

export type SuccessStatus = 200 | 201 | 202 | 204

/** A JSON value as a handler may return it: the schema's output, read-only at every depth. */
export type Wire<T> = T extends object ? { readonly [K in keyof T]: Wire<T[K]> } : T

/** A JSON body with an example. */
export interface JsonContent<Schema extends z.ZodType = z.ZodType> {
  readonly mediaType: 'application/json'
  readonly schema: Schema
  readonly example: unknown
}

/** A JSON request body. The example has the type of the schema's input. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, example: Wire<z.input<Schema>>): JsonContent<Schema> {
  return { mediaType: 'application/json', schema, example }
}

/** A JSON response. The example has the type of the schema's output. */
export function jsonAnswer<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example: Wire<z.output<Schema>>,
): JsonContent<Schema> & { readonly description: string } {
  return { mediaType: 'application/json', schema, description, example }
}

/** The example of a page with one object. */
export function examplePage<T extends { readonly id: string }>(object: T) {
  return { object: 'list', data: [object], first_id: object.id, last_id: object.id, has_more: false } as const
}

/** A response of bytes, or a text that is streamed. */
export interface BinaryAnswer {
  readonly mediaType: 'application/octet-stream' | 'application/jsonl' | 'application/yaml' | 'text/csv' | 'text/event-stream'
  /** Media types that the same bytes may have instead. */
  readonly orAs?: readonly string[]
  /** The document that a reader of YAML gets, with an example; in the document only. */
  readonly parsed?: { readonly schema: z.ZodType; readonly example: unknown }
  readonly description: string
}

/** A response without a body: 204. */
export interface EmptyAnswer {
  readonly mediaType: null
  readonly description: string
}

export type DocumentedAnswer = (JsonContent & { readonly description: string }) | BinaryAnswer | EmptyAnswer

/** A path parameter, for readers of the document. */
export interface ParameterNote {
  readonly description: string
  readonly example: string
}

/** The names in braces of a path: `'eval_id' | 'run_id'` of `/v1/evals/{eval_id}/runs/{run_id}`. */
export type PathParameter<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameter<Rest>
  : never

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With `{parameters}`. */
  readonly path: string
  readonly params?: Readonly<Record<string, ParameterNote>>
  /** Names the operation in generated clients; unique. */
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tag: Tag
  readonly access: Access
  /** Pages of any origin may call it (CORS). */
  readonly anyOrigin?: boolean
  readonly query?: z.ZodObject
  /** The JSON body; read with {@link Call.readJson}. */
  readonly json?: JsonContent
  /** Fields of a multipart body, for the document; the handler reads them with `body/form.ts`. */
  readonly form?: z.ZodObject
  /** The body is a file as it is, for the document; the handler reads it with `body/hold-body.ts`. */
  readonly binary?: { readonly description: string }
  /** The body is read as bytes, whatever its type; for the document. */
  readonly raw?: { readonly description: string }
  /** Accepts an `Idempotency-Key`. */
  readonly idempotent?: boolean
  readonly answers: Readonly<Partial<Record<SuccessStatus, DocumentedAnswer>>>
  /** The answer with status 200 may be a stream of server-sent events instead. */
  readonly streams?: { readonly description: string }
  /** Statuses of problems besides those that the rest implies, see {@link refusalsOf}. */
  readonly refuses?: readonly Refusal[]
}

/** Requires a note for each parameter of the path, and no others. */
type WithParameters<Path extends string> = [PathParameter<Path>] extends [never]
  ? { readonly params?: never }
  : { readonly params: Readonly<Record<PathParameter<Path>, ParameterNote>> }

/**
 * States an operation.
 * @example
 * ```ts
 * // routes/keys/operations.ts: requests and responses
 * export const createKey = operation({
 *   method: 'post',
 *   path: '/v1/keys',
 *   operationId: 'createKey',
 *   summary: 'Create a key',
 *   description: 'The key itself is returned once.',
 *   tag: 'keys',
 *   access: 'admin',
 *   json: jsonBody(keyCreate, { name: 'ci' }),
 *   answers: { 201: jsonAnswer(keyObject, 'The new key.', { object: 'key', … }) },
 * })
 *
 * // routes/keys/handlers.ts: how. A status or a body that `answers` does not have does not compile.
 * export const keyRoutes = [
 *   route(createKey, async ({ services, principal, readJson, answer }) => {
 *     const { name, role } = await readJson()
 *     const created = await services.keys.create(principal.tenant, name, role)
 *     return answer(201, { ...keyShape(created), key: created.key })
 *   }),
 * ]
 * // app.ts lists `keyRoutes` in ROUTES.
 * ```
 */
export function operation<const Definition extends Operation>(
  definition: Definition & WithParameters<Definition['path']>,
): Definition {
  return definition
}

/** The route of an operation as `@hono/zod-openapi` registers it. */
export function openApiRoute(described: Operation) {
  const { method, path, params, operationId, summary, description, tag, access, query, idempotent } = described
  const content = requestContent(described)
  return createRoute({
    method,
    path,
    operationId,
    summary,
    description,
    tags: [tag],
    security: access === 'key' || access === 'admin' ? [{ key: [] }] : [],
    request: {
      ...(params === undefined ? {} : { params: parametersSchema(params) }),
      ...(query === undefined ? {} : { query }),
      ...(idempotent === true ? { headers: z.object({ [IDEMPOTENCY_KEY]: idempotencyKey }) } : {}),
      ...(content === null ? {} : { body: { content, required: true } }),
    },
    responses: { ...successResponses(described), ...problemResponses(refusalsOf(described)) },
  })
}

function parametersSchema(params: Readonly<Record<string, ParameterNote>>): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(params).map(([name, { description, example }]) => [
        name,
        z.string().openapi({ description, param: { description, example } }),
      ]),
    ),
  )
}

function requestContent({ json, form, binary, raw }: Operation) {
  if (json === undefined && form === undefined && binary === undefined && raw === undefined) return null
  return {
    ...(json === undefined ? {} : { 'application/json': { schema: json.schema, example: json.example } }),
    ...(form === undefined ? {} : { 'multipart/form-data': { schema: form } }),
    ...(binary === undefined ? {} : { 'application/octet-stream': { schema: bytesSchema(binary.description) } }),
    ...(raw === undefined ? {} : { '*/*': { schema: bytesSchema(raw.description) } }),
  }
}

function successResponses({ answers, idempotent, streams }: Operation) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(idempotent === true ? { headers: z.object({ 'Idempotent-Replayed': idempotentReplayed }) } : {}),
        ...(answer.mediaType === null
          ? {}
          : {
              content: {
                ...contentOf(answer),
                ...(streams !== undefined && status === '200'
                  ? { 'text/event-stream': { schema: eventsSchema(streams.description) } }
                  : {}),
              },
            }),
      },
    ]),
  )
}

function contentOf(answer: Exclude<DocumentedAnswer, EmptyAnswer>) {
  if ('schema' in answer) return { [answer.mediaType]: { schema: answer.schema, example: answer.example } }
  const types = [answer.mediaType, ...(answer.orAs ?? [])]
  return Object.fromEntries(types.map((type) => [type, answer.parsed ?? { schema: unparsedSchema(type) }]))
}

function unparsedSchema(type: string): z.ZodType {
  if (type === 'application/octet-stream') return bytesSchema()
  return type === 'text/event-stream' ? eventsSchema() : z.string()
}

/** Without a type: readers of the document parse a stream into events, which no string describes. */
function eventsSchema(description = 'Server-Sent Events.'): z.ZodType {
  return z.any().openapi({ description })
}

export function bytesSchema(description?: string): z.ZodType {
  return z.any().openapi({ type: 'string', format: 'binary', ...(description === undefined ? {} : { description }) })
}

const idempotencyKey = z.string().optional().openapi({
  description:
    'A key of the client’s choice, unique per request. A request repeated with its key within a day creates nothing again and gets the first answer.',
  example: '6f1c0e0a-3b0e-4d53-9a40-0e1f5b1f6c8e',
})
const idempotentReplayed = z
  .literal('true')
  .optional()
  .openapi({ description: 'Present where the answer repeats that of an earlier request with the same key.' })
