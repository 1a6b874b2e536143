/**
 * The routes by resource, one test file each.
 * @module
 */
import type { Operation } from './operations.ts'

const RUN = '/v1/evals/{eval_id}/runs'

/** Path prefixes of each resource; the first that fits is the route's. `other` takes the rest. */
const PREFIXES = {
  score: ['/v1/score', '/v1/images', '/v1/models', '/v1/embeddings', '/v1/chat'],
  datasets: ['/v1/dataset'],
  files: ['/v1/files', '/v1/uploads'],
  runs: [RUN, '/v1/reports', '/v1/leaderboards'],
  evals: ['/v1/evals'],
  access: ['/v1/keys', '/v1/endpoints', '/v1/submissions', '/v1/pictures'],
  hooks: ['/v1/webhook_endpoints', '/v1/triggers', '/hooks'],
  other: [''],
} as const satisfies Record<string, readonly string[]>

export type Resource = keyof typeof PREFIXES

/** Whether a route belongs to the resource. */
export const of =
  (resource: Resource) =>
  ({ path }: Operation): boolean =>
    Object.entries(PREFIXES).find(([, prefixes]) => prefixes.some((prefix) => path.startsWith(prefix)))?.[0] === resource

export const RESOURCES = Object.keys(PREFIXES) as Resource[]
