/**
 * `npm test`: everything that must hold. The checks, then the test projects from the fastest to the
 * slowest, each to its end, so that one failure does not hide another. The last line is the count; the exit
 * status follows it.
 *
 *   npm test                    all of it
 *   npm test -- unit e2e        only these: check, unit, reference, onnx, workerd, e2e, browser
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import process from 'node:process'
import { runChecks } from './check.ts'
import { ROOT, WORK } from './paths.ts'

interface Outcome {
  readonly passed: number
  readonly skipped: number
  /** A line for each failure. */
  readonly failures: readonly string[]
}

/** Output of vitest's JSON reporter, as far as it is read here. */
interface VitestReport {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: 'passed' | 'failed'
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

const PROJECTS = ['unit', 'reference', 'onnx', 'workerd', 'e2e', 'browser']
const STAGES = ['check', ...PROJECTS]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STAGES.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`assay: no such part of the tests: ${unknown.join(', ')}; there are ${STAGES.join(', ')}\n`)
  process.exit(2)
}

const totals = { passed: 0, skipped: 0 }
const failures: string[] = []
for (const stage of STAGES) {
  if (wanted.length > 0 && !wanted.includes(stage)) continue
  process.stdout.write(`\n── ${stage} ──\n`)
  const started = performance.now()
  const outcome = stage === 'check' ? check() : await project(stage)
  totals.passed += outcome.passed
  totals.skipped += outcome.skipped
  failures.push(...outcome.failures.map((failure) => `${stage}: ${failure}`))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`${stage}: ${count(outcome.passed, outcome.failures.length, outcome.skipped)} in ${seconds} s\n`)
}

process.stdout.write(
  `\n${failures.map((failure) => `✗ ${failure}\n`).join('')}${totals.skipped} skipped\n${count(totals.passed, failures.length, 0)}\n`,
)
process.exitCode = failures.length > 0 ? 1 : 0

function check(): Outcome {
  const results = runChecks()
  return {
    passed: results.filter(({ ok }) => ok).length,
    skipped: 0,
    failures: results.filter(({ ok }) => !ok).map(({ name }) => name),
  }
}

async function project(name: string): Promise<Outcome> {
  const file = join(WORK, `test-${name}.json`)
  await mkdir(WORK, { recursive: true })
  await rm(file, { force: true })
  const code = await vitest(['run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`])
  const report = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as VitestReport,
    () => undefined,
  )
  if (report === undefined) return { passed: 0, skipped: 0, failures: [`vitest ended with status ${code} and no report`] }

  const tests = report.testResults.flatMap((suite) =>
    suite.assertionResults.map((result) => ({ ...result, file: relative(ROOT, suite.name) })),
  )
  const failures = tests.filter(({ status }) => status === 'failed').map((result) => `${result.file} > ${result.fullName}`)
  for (const suite of report.testResults) {
    // A file that does not load, or whose hooks fail, has no failed test of its own.
    if (suite.status !== 'failed' || suite.assertionResults.some(({ status }) => status === 'failed')) continue
    failures.push(`${relative(ROOT, suite.name)}: ${suite.message.split('\n')[0]}`)
  }
  if (code !== 0 && failures.length === 0)
    failures.push(`vitest ended with status ${code}: an error outside the tests, see above`)
  const passed = tests.filter(({ status }) => status === 'passed').length
  return { passed, skipped: tests.length - passed - tests.filter(({ status }) => status === 'failed').length, failures }
}

function vitest(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    // For vitest's own workers too: node:sqlite says that it is experimental, once a process.
    env: { ...process.env, NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --disable-warning=ExperimentalWarning`.trim() },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

function count(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
