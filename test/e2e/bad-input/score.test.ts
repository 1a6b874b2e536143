/** Bad requests for scores, images and models. */
import { describeRoutes } from './check.ts'
import { of } from './resources.ts'

describeRoutes(of('score'))
