/**
 * The rooms of `src/` and the imports that each may have: the table of docs/architecture.md as data.
 *
 * `scripts/dependency-rules.ts` makes its rules from it, and `scripts/draw-structure.ts` its picture.
 * @module
 */

export interface Room {
  /** Rooms that it may import from, besides itself. */
  readonly knows: readonly string[]
  /** npm packages that it may import from. */
  readonly packages: readonly string[]
  /** ECMAScript and Web standards only: the same result in Node, workerd and a browser. */
  readonly pure: boolean
}

const pure = (knows: readonly string[], packages: readonly string[] = []): Room => ({ knows, packages, pure: true })
const room = (knows: readonly string[], packages: readonly string[] = []): Room => ({ knows, packages, pure: false })

export const ROOMS: Readonly<Record<string, Room>> = {
  contracts: pure([], ['zod', '@hono/zod-openapi']),
  statistics: pure([]),
  media: pure(['contracts'], ['@jsquash/jpeg', '@jsquash/webp']),
  text: pure(['contracts'], ['zod']),
  files: pure(['contracts']),
  metrics: pure(['contracts', 'files', 'statistics']),
  tasks: pure(['contracts', 'files'], ['zod']),
  scorers: pure(['contracts', 'metrics', 'statistics', 'tasks'], ['zod']),
  egress: room(['contracts']),
  models: room(
    ['contracts', 'media', 'text', 'tasks', 'imports', 'egress'],
    ['onnxruntime-web', '@jsquash/jpeg', '@jsquash/webp', 'zod'],
  ),
  scoring: pure(['contracts', 'metrics', 'models']),
  storage: room(['contracts'], ['uuidv7']),
  runs: room(['contracts', 'tasks', 'scorers']),
  imports: room(['contracts', 'files', 'tasks', 'metrics', 'media']),
  webhooks: room(['contracts', 'egress']),
  http: room(
    ['contracts', 'tasks', 'scorers', 'models', 'scoring', 'runs', 'imports', 'webhooks'],
    ['hono', '@hono/zod-openapi', 'zod', 'uuidv7'],
  ),
  cli: room(['contracts', 'files', 'tasks', 'metrics', 'statistics', 'scorers', 'models', 'media', 'text'], ['zod', 'yaml']),
}

/** Files of `src/` itself: the doors and their composition. They may import every room; no room may import them. */
export const DOORS: readonly string[] = ['index.ts', 'tower.ts', 'env.ts', 'compose.ts']
