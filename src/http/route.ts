/**
 * An operation with its handler, and its registration with the router.
 * @module
 */
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { Principal } from '../contracts/records.ts'
import { Answer, type Headers, JsonText } from './answer.ts'
import type { App, AppContext, AppEnv, Services } from './app-context.ts'
import { admitReader, admitVisitor, requireAdmin, requireKey } from './authorization.ts'
import { createOnce, type Creation } from './idempotency.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import {
  type Access,
  type BinaryAnswer,
  type EmptyAnswer,
  type JsonContent,
  openApiRoute,
  type Operation,
  type PathParameter,
  type SuccessStatus,
  type Wire,
} from './operation.ts'
import { readJson } from './body/json-body.ts'
import { readQuery } from './check.ts'

/** The statuses of an operation's answers. */
export type StatusOf<Op extends Operation> = keyof Op['answers'] & SuccessStatus

/** The body of an operation's answer with this status. */
export type BodyOf<Op extends Operation, Status extends StatusOf<Op>> =
  Op['answers'][Status] extends JsonContent<infer Schema>
    ? Wire<z.output<Schema>>
    : Op['answers'][Status] extends BinaryAnswer
      ? ReadableStream<Uint8Array>
      : Op['answers'][Status] extends EmptyAnswer
        ? null
        : never

/** A request for a handler: authorized, with path and query parsed. */
export interface Call<Op extends Operation> {
  /** For the readers of streamed and multipart bodies, and for response headers. */
  readonly context: AppContext
  readonly services: Services
  /** Never null where the operation's access is `key` or `admin`. */
  readonly principal: Op['access'] extends 'key' | 'admin' ? Principal : Principal | null
  readonly params: Readonly<Record<PathParameter<Op['path']>, string>>
  readonly query: Op['query'] extends z.ZodObject ? z.output<Op['query']> : undefined
  /** The request's `Idempotency-Key`; null without one. */
  readonly idempotencyKey: Op['idempotent'] extends true ? string | null : null
  /** Reads and checks the JSON body, once. @throws {Fault} `invalid`, `too_large` or `unsupported_media` */
  readJson(): Promise<Op['json'] extends JsonContent<infer Schema> ? z.output<Schema> : never>
  /** An answer that the operation documents: another status, or another body, does not compile. */
  answer<Status extends StatusOf<Op>>(
    status: Status,
    body: BodyOf<Op, Status> | JsonText<BodyOf<Op, Status>>,
    headers?: Headers,
  ): Answer
  /** Creates a resource once per `Idempotency-Key`, and answers with it. */
  createOnce: Op['idempotent'] extends true
    ? <Status extends StatusOf<Op>>(creation: Creation<Status, BodyOf<Op, Status>>) => Promise<Answer>
    : never
}

export type Handler<Op extends Operation> = (call: Call<Op>) => Promise<Answer> | Answer

/** An operation bound to its handler. */
export interface Route {
  readonly operation: Operation
  readonly respond: (context: AppContext) => Promise<Response>
}

/** Binds an operation to its handler; {@link operation} has an example. */
export function route<Op extends Operation>(operation: Op, handler: Handler<Op>): Route {
  return {
    operation,
    respond: async (context) => responseOf(operation, context, await handler(callOf(operation, context))),
  }
}

/** A route without parameters refuses them too. Addresses that others call may be extended by a relay. */
const NO_QUERY = z.object({})

function callOf<Op extends Operation>({ query, json, idempotent, access }: Op, context: AppContext): Call<Op> {
  const parsed = query ?? (access === 'public' ? undefined : NO_QUERY)
  const key = idempotent === true ? idempotencyKeyOf(context) : null
  return {
    context,
    services: context.env.services,
    principal: context.get('principal'),
    params: context.req.param(),
    query: parsed && readQuery(context, parsed),
    idempotencyKey: key,
    readJson: () => readJson(context, json!.schema),
    answer: (status: SuccessStatus, body: unknown, headers?: Headers) => new Answer(status, body, headers),
    createOnce: (creation: Creation<SuccessStatus, unknown>) => createOnce(context, requireKey(context).tenant, key, creation),
  } as Call<Op>
}

function responseOf({ answers }: Operation, context: AppContext, { status, body, headers }: Answer): Response {
  const mediaType = answers[status]?.mediaType ?? null
  if (status === 204 || mediaType === null) return context.body(null, status, headers)
  if (body instanceof ReadableStream) return context.body(body, status, { 'content-type': mediaType, ...headers })
  const text = body instanceof JsonText ? body.text : JSON.stringify(body)
  return context.body(text, status, { 'content-type': 'application/json', ...headers })
}

/** Adds routes to the router and to the document. */
export function mount(app: App, routes: readonly Route[]): void {
  for (const { operation, respond } of routes) {
    const described = openApiRoute(operation)
    app.openAPIRegistry.registerPath(described)
    app.on(operation.method.toUpperCase(), described.getRoutingPath(), admit(operation.access), respond)
  }
}

/** Refuses requests that an operation's access does not allow, before anything else is read. */
function admit(access: Access): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    if (access === 'admin') requireAdmin(context)
    else if (access === 'key') requireKey(context)
    else if (access === 'reader') await admitReader(context, context.env.services)
    else if (access === 'visitor' && context.get('principal') === null) await admitVisitor(context, context.env.services)
    await next()
  }
}
