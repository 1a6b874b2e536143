import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { unstable_readConfig } from 'wrangler'
import { egressWorker, LOCAL_VARIABLES, networkOptions } from './scripts/local-server.ts'

/** Suites that start workerd or a browser. */
const otherProcesses = {
  // By the wall clock, which a machine with a load of 20 stretches tenfold: for what hangs, not for what is slow.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // A second, unless said, is what a busy machine may take for anything.
  expect: { poll: { timeout: 30_000 } },
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
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const

/** How often each queue delivers a message before it is a dead letter: the first time and every retry. */
function deliveries(config: string): Record<string, number> {
  const { consumers = [] } = unstable_readConfig({ config }).queues
  return Object.fromEntries(consumers.map(({ queue, max_retries: retries = 3 }) => [queue, 1 + retries]))
}

export default defineConfig({
  test: {
    // `npm run coverage`: the unit project alone, in V8's own counts.
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
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/property-seed.ts'],
          ...inNode,
        },
      },
      {
        // Whole official sets and every code point: against references that take seconds to go through.
        test: {
          name: 'reference',
          include: ['test/reference/**/*.test.ts'],
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
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ...LOCAL_VARIABLES,
                TEST_MIGRATIONS: await readD1Migrations('migrations'),
                TEST_DELIVERIES: deliveries('./wrangler.toml'),
              },
              ...networkOptions(true),
              workers: [egressWorker()],
            },
          })),
        ],
        // Each isolated file would load ONNX Runtime again, several seconds each: files share one runtime and reset() what they touch.
        test: {
          name: 'workerd',
          include: ['test/workerd/**/*.test.ts'],
          setupFiles: ['test/workerd/setup.ts'],
          globalSetup: ['test/workerd/edge-expected.ts'],
          isolate: false,
          fileParallelism: false,
          ...otherProcesses,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/e2e/documented-answers.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          environment: 'node',
          ...otherProcesses,
          // A server a file: most of a file's time is waiting for kills, starts and retries.
          fileParallelism: true,
          maxWorkers: 2,
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
    ],
  },
})
