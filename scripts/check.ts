/**
 * `npm run check`: types, lint, format and the arrows between rooms. One line per check; a failure says why.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ROOT } from './paths.ts'

const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name)
/** A forbidden import often closes circles too, which are listed after it. */
const ARROWS_FIX =
  'begin with the first error; docs/architecture.md has the table of imports between rooms, scripts/rooms.ts its source'
const CHECKS: readonly (readonly [name: string, command: string, args: readonly string[], fix?: string])[] = [
  ['types', bin('tsc'), ['-p', '.']],
  ['lint', bin('oxlint'), ['--deny-warnings']],
  ['format', bin('oxfmt'), ['--check', '.'], 'npm run format'],
  ['arrows', bin('depcruise'), ['src', 'scripts', 'bench', 'test', 'public', '--output-type', 'err-long'], ARROWS_FIX],
  ['Python', process.execPath, [join(ROOT, 'scripts', 'check-training.ts')]],
  ['dead code', bin('knip'), []],
  ['exports of tests alone', bin('knip'), ['--production']],
  ['plain English', process.execPath, [join(ROOT, 'scripts', 'plain-english.ts')]],
]

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  /** Output of a failed check. */
  readonly words: string
}

export function runChecks(): CheckResult[] {
  return CHECKS.map(([name, command, args, fix]) => {
    const started = performance.now()
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`
    if (status === 0) {
      const skipped = /^skipped: (.*)/m.exec(stdout)?.[1]
      process.stdout.write(skipped === undefined ? `ok      ${name} (${seconds})\n` : `skipped ${name} (${skipped})\n`)
      return { name, ok: true, words: '' }
    }
    const words = error ? error.message : `${stdout}${stderr}`.trim()
    process.stdout.write(`${words}\nFAILED  ${name} (${seconds})${fix ? `; fix: ${fix}` : ''}\n`)
    return { name, ok: false, words }
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(runChecks().every(({ ok }) => ok) ? 0 : 1)
