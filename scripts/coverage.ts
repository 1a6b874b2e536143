/**
 * `npm run coverage`: which share of `src/` the unit and integration tests reach, in V8's own counts. Exit
 * status 1 below the floor.
 *
 * Only these projects count: they say what is tested without the built Worker, a browser or workerd.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT } from './paths.ts'

/** Counting slows code down severalfold, so tests that bound the time of a computation are left out. */
const NOT_TIMED = '^(?!.*(bounded time|take little time|linear time)).*$'

const { status } = spawnSync(
  join(ROOT, 'node_modules', '.bin', 'vitest'),
  [
    'run',
    '--project',
    'unit',
    '--project',
    'integration',
    '--coverage',
    '--reporter=agent',
    '--silent',
    '--testNamePattern',
    NOT_TIMED,
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
process.exitCode = status ?? 1
