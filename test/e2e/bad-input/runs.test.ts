/** Bad requests for runs, reports and leaderboards. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('runs'))
