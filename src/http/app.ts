/**
 * The API: middleware, routes, and the one place where failures become responses.
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { Fault } from '../contracts/failure.ts'
import type { App, AppEnv } from './app-context.ts'
import { answerOtherOrigins } from './cross-origin.ts'
import { failureResponse } from './failure-response.ts'
import { answerUnreadBodies, identifyPrincipal, identifyRequest } from './middleware.ts'
import { documentOf } from './openapi.ts'
import { methodsByPath } from './path-pattern.ts'
import { mount } from './route.ts'
import { ROUTES } from './routes.ts'
import { serviceRoutes } from './routes/service/handlers.ts'

export function createApp(): App {
  const app: App = new OpenAPIHono<AppEnv>()
  const routes = [...ROUTES, ...serviceRoutes(() => documentOf(app))]
  const operations = routes.map(({ operation }) => operation)
  const methodsOf = methodsByPath(operations)
  const methodsForPages = methodsByPath(operations.filter(({ anyOrigin }) => anyOrigin))

  const allowedOn = (path: string) => allowedOf(methodsOf(path), methodsForPages(path))

  app.use('*', identifyRequest, answerOtherOrigins(methodsForPages, allowedOn), answerUnreadBodies, identifyPrincipal)
  mount(app, routes)
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })

  app.onError(async (error, context) =>
    failureResponse(await context.env.services.explain(error), {
      path: context.req.path,
      requestId: context.get('requestId') ?? 'req_unknown',
    }),
  )
  app.notFound((context) => {
    const { path, method } = context.req
    const methods = methodsOf(path)
    const failure =
      methods.length > 0
        ? new Fault({ kind: 'method_not_allowed', method, allowed: allowedOn(path) })
        : new Fault({ kind: 'not_found', resource: 'route', id: path })
    return failureResponse(failure, { path, requestId: context.get('requestId') })
  })
  return app
}

/** The methods that `Allow` lists: GET answers HEAD too, and pages may send OPTIONS. */
function allowedOf(methods: readonly string[], forPages: readonly string[]): string[] {
  const implied = [...(methods.includes('GET') ? ['HEAD'] : []), ...(forPages.length > 0 ? ['OPTIONS'] : [])]
  return [...methods, ...implied].toSorted()
}
