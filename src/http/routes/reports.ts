/**
 * `/v1/reports/{digest}`: the published result, byte for byte what the digest is over.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import { report } from '../../contracts/report.ts'
import type { App } from '../app-context.ts'
import { admitReader } from '../authorization.ts'
import { describe } from '../openapi.ts'

export function reportRoutes(app: App): void {
  describe(app, {
    method: 'get',
    path: '/v1/reports/{digest}',
    operationId: 'getReport',
    summary: 'Get a report by its digest',
    tag: 'reports',
    refuses: [404],
    response: report,
    open: true,
  })
  app.get('/v1/reports/:digest', async (context) => {
    const { services } = context.env
    await admitReader(context, services)
    const digest = context.req.param('digest')
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new Fault({ kind: 'not_found', resource: 'report', id: digest })
    const body = await services.views.report(context.get('principal')?.tenant ?? null, digest)
    if (body === null) throw new Fault({ kind: 'not_found', resource: 'report', id: digest })
    // The body's SHA-256 is its name, so it never changes.
    return context.body(body, 200, {
      'content-type': 'application/json',
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${digest}"`,
      // A browser that has forgotten the key must not find a private report.
      vary: 'authorization',
    })
  })
}
