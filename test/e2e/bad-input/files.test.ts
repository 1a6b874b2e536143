/** Bad requests for files and uploads. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('files'))
