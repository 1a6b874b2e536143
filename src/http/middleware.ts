/**
 * Middleware of every request: request id, common headers, unread bodies, and authentication.
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

/** Gives the request an id, and the response its common headers. */
export const identifyRequest: MiddlewareHandler<AppEnv> = async (context, next) => {
  context.set('requestId', newRequestId())
  await next()
  const { headers } = context.res
  headers.set('x-request-id', context.get('requestId'))
  headers.set('x-content-type-options', 'nosniff')
  // Responses contain a tenant's data, sometimes secrets. A cacheable response sets its own header.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}

/**
 * Sends a response that was ready before the end of the body, and reads on, so that the client receives it.
 */
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
