/**
 * Cross-origin access from browsers (CORS, Fetch section 3.2) for operations marked `anyOrigin`. All others,
 * in particular those on keys, endpoints and runs, are closed to other origins
 * (docs/decisions/2026-11-29-cross-origin.md).
 * @module
 */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-context.ts'

/** A key goes in `Authorization`. Cookies are never used, so no response allows credentials. */
const REQUEST_HEADERS = 'authorization, content-type'
/** Response headers that a page may read, besides those that Fetch always exposes. */
const ANSWER_HEADERS = 'cache-status, etag, retry-after, x-request-id'
const PREFLIGHT_SECONDS = 86_400

/**
 * Answers preflights, which have no key and cost no look-up, and opens other responses, including refusals,
 * to pages.
 * @param methodsForPages - the methods of a path that pages of any origin may use
 * @param allowedOn - every method of a path
 */
export function answerOtherOrigins(
  methodsForPages: (path: string) => readonly string[],
  allowedOn: (path: string) => readonly string[],
): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const methods = methodsForPages(context.req.path)
    if (context.req.method === 'OPTIONS' && methods.length > 0)
      return new Response(null, {
        status: 204,
        headers: {
          'access-control-allow-origin': '*',
          'access-control-allow-methods': methods.join(', '),
          'access-control-allow-headers': REQUEST_HEADERS,
          'access-control-max-age': String(PREFLIGHT_SECONDS),
          allow: allowedOn(context.req.path).join(', '),
        },
      })
    await next()
    const method = context.req.method === 'HEAD' ? 'GET' : context.req.method
    if (!methods.includes(method)) return undefined
    context.res.headers.set('access-control-allow-origin', '*')
    context.res.headers.set('access-control-expose-headers', ANSWER_HEADERS)
    return undefined
  }
}
