/**
 * `/v1/leaderboards`: the headline metrics of every public run.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { wholeNumberInQuery } from '../../contracts/wire/common.ts'
import { leaderboardRow } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { admitReader } from '../authorization.ts'
import { describe } from '../openapi.ts'
import { readQuery } from '../check.ts'

const query = z.object({
  /** By name. */
  dataset: z.string().max(128).optional(),
  metric: z.string().max(128).optional(),
  limit: wholeNumberInQuery(1, 500, 100),
})

export function leaderboardRoutes(app: App): void {
  const response = z.object({ object: z.literal('list'), data: z.array(leaderboardRow) })
  describe(app, {
    method: 'get',
    path: '/v1/leaderboards',
    operationId: 'getLeaderboard',
    summary: 'Leaderboard of public runs',
    tag: 'leaderboards',
    query,
    response,
    open: true,
  })
  app.get('/v1/leaderboards', async (context) => {
    const { services } = context.env
    await admitReader(context, services)
    const data = await services.views.leaderboard(readQuery(context, query))
    // The page asks for this when it opens, and for a score next.
    services.warmUp()
    return context.json({ object: 'list', data })
  })
}
