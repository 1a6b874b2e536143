/**
 * Assembly: request ids, authentication, routes by noun, and the one place where failures become responses.
 * @module
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { uuidv7 } from 'uuidv7'
import { Fault } from '../contracts/failure.ts'
import type { App, AppEnv } from './app-context.ts'
import { authenticate } from './authorization.ts'
import { answerOtherOrigins, methodsForPages } from './cross-origin.ts'
import { answerFirst, unreadBody } from './body/body-stream.ts'
import { failureResponse } from './failure-response.ts'
import { describe, OPENAPI_DOCUMENT } from './openapi.ts'
import { datasetRoutes } from './routes/datasets.ts'
import { datasetImportRoutes } from './routes/dataset-imports.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { evalRoutes } from './routes/evals.ts'
import { fileRoutes } from './routes/files.ts'
import { hookRoutes } from './routes/hooks.ts'
import { imageRoutes } from './routes/images.ts'
import { keyRoutes } from './routes/keys/handlers.ts'
import { leaderboardRoutes } from './routes/leaderboards.ts'
import { modelRoutes } from './routes/models.ts'
import { reportRoutes } from './routes/reports.ts'
import { runRoutes } from './routes/runs.ts'
import { scoreRoutes } from './routes/score/handlers.ts'
import { triggerRoutes } from './routes/triggers.ts'
import { uploadRoutes } from './routes/uploads.ts'
import { webhookEndpointRoutes } from './routes/webhook-endpoints/handlers.ts'
import { mount } from './route.ts'

const ROUTES = [...scoreRoutes, ...keyRoutes, ...webhookEndpointRoutes]

const REGISTERED = [
  modelRoutes,
  datasetRoutes,
  datasetImportRoutes,
  imageRoutes,
  fileRoutes,
  uploadRoutes,
  evalRoutes,
  runRoutes,
  reportRoutes,
  leaderboardRoutes,
  endpointRoutes,
  triggerRoutes,
  hookRoutes,
]

export function newRequestId(): string {
  return `req_${uuidv7().replaceAll('-', '')}`
}

export function createApp(): App {
  const app: App = new OpenAPIHono<AppEnv>()

  app.use('*', async (context, next) => {
    context.set('requestId', newRequestId())
    await next()
    context.res.headers.set('x-request-id', context.get('requestId'))
    context.res.headers.set('x-content-type-options', 'nosniff')
    // Answers hold what is one tenant's, and some a secret. What may be kept says so itself.
    if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store')
  })
  app.use('*', answerOtherOrigins)
  app.use('*', async (context, next) => {
    await next()
    const unread = unreadBody(context)
    if (unread !== null && context.req.method !== 'GET') context.res = await answerFirst(context.res, unread)
  })
  app.use('*', async (context, next) => {
    context.set('principal', await authenticate(context, context.env.services))
    await next()
  })

  app.onError(async (error, context) =>
    failureResponse(await context.env.services.explain(error), {
      path: context.req.path,
      requestId: context.get('requestId') ?? 'req_unknown',
    }),
  )

  describe(app, {
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    summary: 'Whether the Worker answers; for administrators also what it holds in memory',
    tag: 'service',
    response: z.object({ status: z.literal('ok'), memory: z.record(z.string(), z.unknown()).optional() }),
    open: true,
  })
  app.get('/healthz', (context) =>
    context.json({
      status: 'ok',
      ...(context.get('principal')?.role === 'admin' ? { memory: context.env.services.memory() } : {}),
    }),
  )
  mount(app, ROUTES)
  for (const register of REGISTERED) register(app)
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
  describe(app, {
    method: 'get',
    path: '/openapi.json',
    operationId: 'getDocument',
    summary: 'This document',
    tag: 'service',
    response: z.record(z.string(), z.unknown()),
    open: true,
  })
  app.get('/openapi.json', (context) => context.json(app.getOpenAPI31Document(OPENAPI_DOCUMENT)))

  const allowedBy = methodsByPath(app)
  app.notFound((context) => {
    const { path, method } = context.req
    const allowed = allowedBy(path)
    const failure =
      allowed.length > 0
        ? new Fault({ kind: 'method_not_allowed', method, allowed })
        : new Fault({ kind: 'not_found', resource: 'route', id: path })
    return failureResponse(failure, { path, requestId: context.get('requestId') })
  })
  return app
}

/** The methods of every registered route that matches a path: what a 405 must list. */
function methodsByPath(app: App): (path: string) => string[] {
  const routes = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ method, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`) }))
  return (path) => {
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
    // Whatever can be got can be asked about.
    if (methods.has('GET')) methods.add('HEAD')
    if (methodsForPages(path).length > 0) methods.add('OPTIONS')
    return [...methods].toSorted()
  }
}
