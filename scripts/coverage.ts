/**
 * `npm run coverage`: which share of `src/` the unit tests reach, in V8's own counts. Exit status 1 below
 * the floor.
 *
 * Only the unit project counts: it says what is tested without a server, a browser or workerd.
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
