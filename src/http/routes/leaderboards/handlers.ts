/**
 * `/v1/leaderboards`: the primary metrics of every public run.
 * @module
 */
import { route } from '../../route.ts'
import { getLeaderboard } from './operations.ts'

export const leaderboardRoutes = [
  route(getLeaderboard, async ({ services, query, answer }) => {
    const data = await services.leaderboard.rows(query)
    // The page requests this when it opens, and a score next.
    services.warmUp()
    return answer(200, { object: 'list', data })
  }),
]
