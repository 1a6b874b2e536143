/** Bad requests for evals. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('evals'))
