/** Bad requests for datasets and their imports. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('datasets'))
