/**
 * The doors: fetch, queue, scheduled.
 * @module
 */
import type { Env } from './env.ts'

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url)
    if (url.pathname === '/healthz') return Response.json({ status: 'ok' })
    return env.ASSETS.fetch(request)
  },
} satisfies ExportedHandler<Env>
