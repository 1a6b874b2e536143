/**
 * `/v1/leaderboards`: the primary metrics of every public run.
 * @module
 */
import { rankRows } from '../../../comparisons/leaderboard-ranks.ts'
import { route } from '../../route.ts'
import { getLeaderboard } from './operations.ts'

export const leaderboardRoutes = [
  route(getLeaderboard, async ({ services, query, answer }) => {
    const rows = await services.leaderboard.rows(query)
    const data = rankRows(rows, await services.leaderboard.tests(rows))
    // The page requests this when it opens, and a score next.
    services.warmUp()
    return answer(200, { object: 'list', data })
  }),
]
