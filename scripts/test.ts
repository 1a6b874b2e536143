/**
 * `npm test`: everything that must hold. The checks, then the test projects from the fastest to the
 * slowest, each to its end, so that one failure does not hide another. Every failure is said again at the
 * end, with its reason and place, and so is every flaky test: one that failed and passed when it ran again
 * (vitest.config.ts). The last line is the count; the exit status follows it.
 *
 *   npm test                    all of it
 *   npm test -- unit e2e        only these: check, unit, integration, onnx, reference, workerd, browser, e2e
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { runChecks } from './check.ts'
import { ROOT, WORK } from './paths.ts'
import type { TestOutcome } from './test-reporter.ts'

const PROJECTS = ['unit', 'integration', 'onnx', 'reference', 'workerd', 'browser', 'e2e']
/** Lines of a failed check that the end repeats. */
const CHECK_LINES = 15
/** Files named at the end of a part, so that a slow one is seen where it grows. */
const SLOWEST = 5
const STAGES = ['check', ...PROJECTS]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STAGES.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`assay: no such part of the tests: ${unknown.join(', ')}; there are ${STAGES.join(', ')}\n`)
  process.exit(2)
}

const totals = { passed: 0, skipped: 0 }
const failures: string[] = []
const flaky: string[] = []
const parts: string[] = []
for (const stage of STAGES) {
  if (wanted.length > 0 && !wanted.includes(stage)) continue
  process.stdout.write(`\n── ${stage} ──\n`)
  const started = performance.now()
  const outcome = stage === 'check' ? check() : await project(stage)
  totals.passed += outcome.passed
  totals.skipped += outcome.skipped
  const said = (mark: string) => (failure: readonly string[]) => `${mark} ${stage}: ${failure.join('\n    ')}`
  const failed = outcome.failures.map(said('✗'))
  const unsteady = outcome.flaky.map(said('flaky'))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const part = `${stage}: ${count(outcome.passed, outcome.failures.length, outcome.skipped)} in ${seconds} s`
  const slowest = outcome.seconds.slice(0, SLOWEST).map(([file, took]) => `${file} ${took.toFixed(1)} s`)
  // Now and at the end: a machine that is cut off meanwhile keeps only what was said before.
  process.stdout.write(
    [...failed, ...unsteady, ...(slowest.length > 0 ? [`slowest: ${slowest.join(', ')}`] : []), part, ''].join('\n'),
  )
  failures.push(...failed)
  flaky.push(...unsteady)
  parts.push(part)
}

process.stdout.write(
  [
    '',
    ...parts,
    ...flaky,
    ...failures,
    `${totals.skipped} skipped, ${flaky.length} flaky`,
    count(totals.passed, failures.length, 0),
    '',
  ].join('\n'),
)
process.exitCode = failures.length > 0 ? 1 : 0

function check(): TestOutcome {
  const results = runChecks()
  return {
    passed: results.filter(({ ok }) => ok).length,
    skipped: 0,
    failures: results.filter(({ ok }) => !ok).map(({ name, words }) => [name, ...words.split('\n').slice(0, CHECK_LINES)]),
    flaky: [],
    seconds: [],
  }
}

async function project(name: string): Promise<TestOutcome> {
  const file = join(WORK, `test-${name}.json`)
  await mkdir(WORK, { recursive: true })
  await rm(file, { force: true })
  const reporter = join(import.meta.dirname, 'test-reporter.ts')
  const code = await vitest(['run', '--project', name, '--reporter=default', `--reporter=${reporter}`], file)
  const outcome = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as TestOutcome,
    () => ({ passed: 0, skipped: 0, failures: [], flaky: [], seconds: [] }),
  )
  if (code === 0 || outcome.failures.length > 0) return outcome
  return { ...outcome, failures: [[`vitest ended with status ${code}; its words are above`]] }
}

function vitest(args: readonly string[], outcome: string): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    // For vitest's own workers too: node:sqlite says that it is experimental, once a process.
    env: {
      ...process.env,
      ASSAY_TEST_OUTCOME: outcome,
      // Servers of the end-to-end tests load wrangler, 15 MB, in a process of their own each.
      NODE_COMPILE_CACHE: join(WORK, 'compile-cache'),
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --disable-warning=ExperimentalWarning`.trim(),
    },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

function count(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
