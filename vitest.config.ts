import { parseArgs } from 'node:util'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { ALL_CASES, MANY_CASES } from './test/support/cases.ts'
import { PATIENCE } from './test/support/patience.ts'
import { SlowFirst } from './test/support/slow-first.ts'

/** Suites that start workerd or a browser. */
const otherProcesses = {
  // By the wall clock, which a machine with a load of 20 stretches tenfold: for what hangs, not for what is slow.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: PATIENCE } },
  // Processes are killed, starved and cut off here. A test that passes the second time is said to be flaky.
  retry: 1,
} as const

/** Plain Node: files run two at a time, which on two cores vitest would not do by itself, for it leaves one free. */
const inNode = {
  environment: 'node',
  maxWorkers: 2,
  // A process a file took a third of the unit part's time. Files share one, so each puts back what it changes of it.
  isolate: false,
  // Objects of one test die young: a larger nursery is collected less often.
  execArgv: ['--max-semi-space-size=64'],
  // By the wall clock, which a busy machine stretches: for what hangs, not for what is slow.
  testTimeout: 600_000,
  hookTimeout: 600_000,
} as const

/** Whether the command line asks for a project; each word of `--project` may be a pattern. */
function isWanted(name: string): boolean {
  const { project = [] } = parseArgs({ options: { project: { type: 'string', multiple: true } }, strict: false }).values
  return project.length === 0 || project.some((word) => word === name || /[*!]/.test(String(word)))
}

const workerd = isWanted('workerd') ? [(await import('./test/workerd/project.ts')).workerdProject(otherProcesses)] : []

/** Only those asked for: vitest starts a server for each before it looks at its name. */
const projects: readonly TestProjectInlineConfiguration[] = [
  {
    test: {
      name: 'unit',
      include: ['test/unit/**/*.test.ts'],
      setupFiles: ['test/support/property-seed.ts'],
      ...inNode,
    },
  },
  {
    // Stores and the run engine over SQLite, clients and servers over HTTP, processes of Node.
    test: {
      name: 'integration',
      include: ['test/integration/**/*.test.ts'],
      setupFiles: ['test/support/property-seed.ts'],
      ...inNode,
    },
  },
  {
    // Whole official sets and every code point: against references that take seconds to go through.
    test: {
      name: 'reference',
      include: ['test/reference/**/*.test.ts', ...MANY_CASES],
      env: ALL_CASES,
      setupFiles: ['test/support/property-seed.ts'],
      ...inNode,
    },
  },
  {
    // The shipped files in the runtime that ships, in Node: seconds a file, so they are not what runs on every save.
    test: {
      name: 'onnx',
      include: ['test/onnx/**/*.test.ts'],
      ...inNode,
    },
  },
  ...workerd,
  {
    test: {
      name: 'e2e',
      include: ['test/e2e/**/*.test.ts'],
      setupFiles: ['test/e2e/documented-answers.ts'],
      globalSetup: ['test/e2e/global-setup.ts', 'test/e2e/provide-openapi.ts'],
      environment: 'node',
      ...otherProcesses,
      // A server a file: most of a file's time is waiting for kills, starts and retries, so a third one fits in.
      fileParallelism: true,
      maxWorkers: 3,
    },
  },
  {
    test: {
      name: 'browser',
      include: ['test/browser/**/*.test.ts'],
      globalSetup: ['test/e2e/global-setup.ts'],
      environment: 'node',
      ...otherProcesses,
      // A browser a file, which waits for its page as often as the page waits for it.
      fileParallelism: true,
      maxWorkers: 2,
    },
  },
]

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    // `npm run coverage`: the unit and the integration project, in V8's own counts.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Files that only workerd runs, and the doors.
      exclude: ['src/**/*.workerd.ts', 'src/*.ts', 'src/cli/main.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: '.assay/coverage',
      reportOnFailure: true,
      // The floor, two points below the measurement of 2026-11-29.
      thresholds: { statements: 85, branches: 78, functions: 82, lines: 86 },
    },
    projects: projects.filter(({ test }) => typeof test?.name !== 'string' || isWanted(test.name)),
  },
})
