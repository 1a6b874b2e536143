/**
 * The project of tests inside workerd. Apart, since wrangler and Miniflare take two seconds to load.
 * @module
 */
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { unstable_readConfig } from 'wrangler'
import { egressWorker, LOCAL_VARIABLES, networkOptions } from '../../scripts/local-server.ts'

/** How often each queue delivers a message before it is a dead letter: the first time and every retry. */
function deliveries(config: string): Record<string, number> {
  const { consumers = [] } = unstable_readConfig({ config }).queues
  return Object.fromEntries(
    consumers.map(({ queue, max_retries: retries = 3 }: { queue: string; max_retries?: number }) => [queue, 1 + retries]),
  )
}

/** @param limits - of the wall clock */
export function workerdProject(limits: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return {
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
    // Each isolated file would load ONNX Runtime again, several seconds each: files share one runtime and
    // reset() what they touch.
    test: {
      name: 'workerd',
      include: ['test/workerd/**/*.test.ts'],
      setupFiles: ['test/workerd/setup.ts'],
      globalSetup: ['test/workerd/edge-expected.ts'],
      isolate: false,
      fileParallelism: false,
      ...limits,
    },
  }
}
