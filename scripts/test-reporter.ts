/**
 * Reporter of vitest for `npm test`: writes what the summary needs to the file that `ASSAY_TEST_OUTCOME`
 * names. The JSON reporter of vitest leaves out errors outside the tests and the place of a failure.
 * @module
 */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import process from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import type { SerializedError, TestError } from 'vitest'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { ROOT } from './paths.ts'

/** Test, message, place and difference, each line ready to print. */
type Failure = readonly string[]

export interface TestOutcome {
  readonly passed: number
  readonly skipped: number
  readonly failures: readonly Failure[]
  /** Tests that failed and passed when they ran again, with the reason of the failure. */
  readonly flaky: readonly Failure[]
  /** Seconds by file, its imports and hooks included; the slowest first. */
  readonly seconds: readonly (readonly [file: string, seconds: number])[]
}

// A message may hold the whole output of a server.
const MESSAGE_LINES = 15
const DIFFERENCE_LINES = 25
const LINE_CHARACTERS = 300

export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], outside: readonly SerializedError[]): void {
    const file = process.env['ASSAY_TEST_OUTCOME']
    if (file !== undefined) writeFileSync(file, JSON.stringify(outcomeOf(modules, outside)))
  }
}

function outcomeOf(modules: readonly TestModule[], outside: readonly SerializedError[]): TestOutcome {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const count = (state: string) => tests.filter((test) => test.result().state === state).length
  const failuresOf = (those: (test: TestCase) => boolean) =>
    tests.filter(those).map((test) => failure(`${test.module.relativeModuleId} > ${test.fullName}`, test.result().errors ?? []))
  const failedTests = failuresOf((test) => test.result().state === 'failed')
  const flaky = failuresOf((test) => test.diagnostic()?.flaky === true)
  // A file that does not load, a hook that fails, or a process that dies has no failed test of its own.
  const failedSuites = modules.flatMap((module) =>
    [module, ...module.children.allSuites()]
      .filter((suite) => suite.errors().length > 0)
      .map((suite) =>
        failure([module.relativeModuleId, ...(suite.type === 'suite' ? [suite.fullName] : [])].join(' > '), suite.errors()),
      ),
  )
  const unfinished = modules
    .filter((module) => ['pending', 'queued'].includes(module.state()))
    .map((module) => [`${module.relativeModuleId}: did not end`])
  const passed = count('passed')
  return {
    passed,
    skipped: tests.length - passed - failedTests.length,
    failures: [...failedTests, ...failedSuites, ...unfinished, ...outside.map((error) => failure('outside the tests', [error]))],
    flaky,
    seconds: modules
      .map((module): [string, number] => [module.relativeModuleId, secondsOf(module)])
      .toSorted(([, a], [, b]) => b - a),
  }
}

function secondsOf(module: TestModule): number {
  const { collectDuration, duration, environmentSetupDuration, prepareDuration, setupDuration } = module.diagnostic()
  return (collectDuration + duration + environmentSetupDuration + prepareDuration + setupDuration) / 1000
}

/** @internal */
export function failure(where: string, errors: readonly TestError[]): Failure {
  return [where, ...errors.flatMap(linesOf)]
}

function linesOf(error: TestError): string[] {
  const named = error.name && !error.message.startsWith(error.name) ? `${error.name}: ${error.message}` : error.message
  const place = error.stacks?.find(({ file }) => file.startsWith(ROOT) && !file.includes('/node_modules/'))
  return [
    ...first(named, MESSAGE_LINES),
    ...(place === undefined
      ? first(error.stack ?? '', MESSAGE_LINES).filter((line) => line.trim().startsWith('at '))
      : [`at ${relative(ROOT, place.file)}:${place.line}:${place.column}`]),
    ...(error.diff === undefined ? [] : first(error.diff, DIFFERENCE_LINES)),
    ...(error.cause === undefined ? [] : ['caused by:', ...linesOf(error.cause)]),
  ]
}

function first(text: string, limit: number): string[] {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => (line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS)}…` : line))
  return lines.length > limit ? [...lines.slice(0, limit), `(${lines.length - limit} more lines above)`] : lines
}
