/** Bad requests for keys and endpoints. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('access'))
