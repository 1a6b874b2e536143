/**
 * What a page elsewhere may call from a visitor's browser (CORS, Fetch section 3.2): scoring, and what anyone may read. Everything else,
 * above all what manages keys, endpoints and runs, answers no other origin (docs/decisions/2026-11-29-cross-origin.md).
 * @module
 */
import type { AppContext } from './app-context.ts'

/** Paths with `{parameters}`, and the methods that are open to any origin. */
export const ANY_ORIGIN: Readonly<Record<string, readonly string[]>> = {
  '/v1/score': ['POST'],
  '/v1/models': ['GET'],
  '/v1/models/{id}': ['GET'],
  '/v1/leaderboards': ['GET'],
  '/v1/reports/{digest}': ['GET'],
  '/healthz': ['GET'],
  '/openapi.json': ['GET'],
}

const PATTERNS = Object.entries(ANY_ORIGIN).map(([path, methods]) => ({
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  methods,
}))

/** A key goes in `Authorization`; a cookie never does, so no answer allows credentials. */
const REQUEST_HEADERS = 'authorization, content-type'
/** What a page may read beside what Fetch always shows. */
const ANSWER_HEADERS = 'cache-status, etag, retry-after, x-request-id'
const PREFLIGHT_SECONDS = 86_400

/** Methods of this path that pages of any origin may use. */
export function methodsForPages(path: string): readonly string[] {
  return PATTERNS.find(({ pattern }) => pattern.test(path))?.methods ?? []
}

/** Answers a preflight, which carries no key and costs no look-up; otherwise opens the answer, a refusal too, to other origins. */
export async function answerOtherOrigins(context: AppContext, next: () => Promise<void>): Promise<Response | void> {
  const methods = methodsForPages(context.req.path)
  if (context.req.method === 'OPTIONS' && methods.length > 0)
    return new Response(null, {
      status: 204,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': methods.join(', '),
        'access-control-allow-headers': REQUEST_HEADERS,
        'access-control-max-age': String(PREFLIGHT_SECONDS),
        allow: [...methods, 'OPTIONS'].join(', '),
      },
    })
  await next()
  const method = context.req.method === 'HEAD' ? 'GET' : context.req.method
  if (!methods.includes(method)) return
  context.res.headers.set('access-control-allow-origin', '*')
  context.res.headers.set('access-control-expose-headers', ANSWER_HEADERS)
}
