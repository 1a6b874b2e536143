/**
 * Middleware of every request: its id, the headers of every answer, unread bodies, and who is asking.
 * @module
 */
import type { MiddlewareHandler } from 'hono'
import { uuidv7 } from 'uuidv7'
import type { AppEnv } from './app-context.ts'
import { authenticate } from './authorization.ts'
import { answerFirst, unreadBody } from './body/body-stream.ts'

export function newRequestId(): string {
  return `req_${uuidv7().replaceAll('-', '')}`
}

/** Gives the request an id, and the answer the headers that every answer has. */
export const identifyRequest: MiddlewareHandler<AppEnv> = async (context, next) => {
  context.set('requestId', newRequestId())
  await next()
  const { headers } = context.res
  headers.set('x-request-id', context.get('requestId'))
  headers.set('x-content-type-options', 'nosniff')
  // Answers hold a tenant's data, and some hold secrets. An answer that may be kept says so itself.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}

/** Sends an answer that was ready before the end of the body, and reads on, so that the client sees it. */
export const answerUnreadBodies: MiddlewareHandler<AppEnv> = async (context, next) => {
  await next()
  const unread = unreadBody(context)
  if (unread !== null && context.req.method !== 'GET') context.res = await answerFirst(context.res, unread)
}

/** Sets `principal`: null for a request without a key. Refuses a wrong key. */
export const identifyPrincipal: MiddlewareHandler<AppEnv> = async (context, next) => {
  context.set('principal', await authenticate(context, context.env.services))
  await next()
}
