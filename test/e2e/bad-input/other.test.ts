/** Bad requests for every other route. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('other'))
