/** Bad requests for webhook targets, triggers and hooks. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('hooks'))
