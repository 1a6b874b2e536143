/**
 * `npm run check`: types, lint, format and the rooms' arrows. Each says its one line; a failure says why.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT } from './paths.ts'

const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name)
const CHECKS: readonly (readonly [name: string, command: string, args: readonly string[], fix?: string])[] = [
  ['types', bin('tsc'), ['-p', '.']],
  ['lint', bin('oxlint'), ['--deny-warnings']],
  ['format', bin('oxfmt'), ['--check', '.'], 'npm run format'],
  ['rooms', process.execPath, [join(ROOT, 'scripts', 'check-rooms.ts')]],
]

let failed = 0
for (const [name, command, args, fix] of CHECKS) {
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`
  if (status === 0) {
    process.stdout.write(`ok      ${name} (${seconds})\n`)
    continue
  }
  failed += 1
  process.stdout.write(
    `${error ? error.message : `${stdout}${stderr}`.trim()}\nFAILED  ${name} (${seconds})${fix ? `; fix: ${fix}` : ''}\n`,
  )
}
process.exit(failed === 0 ? 0 : 1)
