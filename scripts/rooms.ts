/**
 * The rooms of `src/` and the imports that each may have: the table of docs/architecture.md as data.
 *
 * `scripts/dependency-rules.ts` makes its rules from it, and `scripts/draw-structure.ts` its picture.
 * @module
 */

export interface Room {
  /** One line for docs/architecture.md. */
  readonly about: string
  /** Rooms that it may import from, besides itself. */
  readonly knows: readonly string[]
  /** npm packages that it may import from. */
  readonly packages: readonly string[]
  /** ECMAScript and Web standards only: the same result in Node, workerd and a browser. */
  readonly pure: boolean
}

const room = (about: string, knows: readonly string[], packages: readonly string[] = []): Room => ({
  about,
  knows,
  packages,
  pure: false,
})
const pure = (...[about, knows, packages]: Parameters<typeof room>): Room => ({ ...room(about, knows, packages), pure: true })

export const ROOMS: Readonly<Record<string, Room>> = {
  contracts: pure(
    'shapes of everything that crosses a boundary, the ports, the union of failures',
    [],
    ['zod', '@hono/zod-openapi'],
  ),
  statistics: pure('intervals, tests, sequential stopping, counter-based random numbers', []),
  media: pure('header → decode → resize → tensor', ['contracts'], ['@jsquash/jpeg', '@jsquash/webp']),
  text: pure('tokenizers', ['contracts'], ['zod']),
  files: pure('JSON lists and lines read in pieces, problems gathered with their places', ['contracts']),
  metrics: pure('numbers, text or embeddings → values', ['contracts', 'files', 'statistics']),
  tasks: pure(
    'one folder per task: its item, prompt and official file formats',
    ['contracts', 'files'],
    ['zod', '@cfworker/json-schema'],
  ),
  scorers: pure(
    'one folder per scorer: score an item, aggregate rows into metrics; the report',
    ['contracts', 'metrics', 'statistics', 'tasks'],
    ['zod'],
  ),
  comparisons: pure('pair the rows of two runs, test the differences, give a verdict', ['contracts', 'scorers', 'statistics']),
  egress: room('the only place that fetches an address a user gave', ['contracts']),
  models: room(
    'edge models, endpoints, recorded results',
    ['contracts', 'files', 'media', 'text', 'tasks', 'metrics', 'statistics', 'egress'],
    ['onnxruntime-web', '@jsquash/jpeg', '@jsquash/webp', 'zod', 'p-map'],
  ),
  scoring: pure('use cases of one request', ['contracts', 'metrics']),
  storage: room('D1, R2, KV, Queues behind the ports; `SCHEMA.md`', ['contracts'], ['uuidv7', 'p-map', 'jose']),
  jobs: room('the outbox worker and the sweep; handlers by kind of job', ['contracts']),
  runs: room('the life of a run, one verb per file', ['contracts', 'scorers', 'jobs', 'comparisons'], ['p-map']),
  imports: room('read, sort and store datasets', ['contracts', 'files', 'tasks', 'media'], ['unzipit']),
  webhooks: room('verify incoming deliveries, sign and send outgoing ones', ['contracts', 'egress'], ['zod']),
  http: room(
    'routes per resource, authorization, the one mapping from failure to wire',
    ['contracts', 'files', 'tasks', 'scorers', 'models', 'scoring', 'jobs', 'runs', 'comparisons', 'imports', 'webhooks'],
    ['hono', '@hono/zod-openapi', 'zod', 'uuidv7'],
  ),
  cli: room(
    'the `assay` command',
    ['contracts', 'files', 'tasks', 'metrics', 'statistics', 'scorers', 'models', 'text', 'media'],
    ['zod', 'yaml', 'jose'],
  ),
}

/**
 * Files of `src/` itself: the doors and their composition. They may import every room; no room may import
 * them.
 */
export const DOORS: readonly string[] = [
  'index.ts',
  'tower.ts',
  'env.ts',
  'compose-fetch.ts',
  'compose-models.ts',
  'compose-queue.ts',
  'compose-scheduled.ts',
  'compose-shared.ts',
]
