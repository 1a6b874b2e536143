import { reset } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { readSettings } from '../../src/env.ts'
import { migrate, testEnv } from './setup.ts'

test('the Worker answers', async () => {
  const worker = exports as unknown as { readonly default: Fetcher }
  const response = await worker.default.fetch('http://assay/healthz')
  expect(response.status).toBe(200)
})

test('every binding of wrangler.toml is there, and the settings parse', () => {
  for (const name of [
    'DB',
    'PUBLISHED',
    'OBJECTS',
    'EDGE_QUEUE',
    'ENDPOINT_QUEUE',
    'CONTROL_QUEUE',
    'KEY_LIMIT',
    'ANONYMOUS_LIMIT',
    'VISITOR_READ_LIMIT',
    'DELIVERY_SOURCE_LIMIT',
    'SIGNED_DELIVERY_LIMIT',
    'RECOMPUTE_LIMIT',
    'FAILED_ATTEMPT_LIMIT',
  ] as const) {
    expect(testEnv[name], name).toBeDefined()
  }
  expect(readSettings(testEnv)).toMatchObject({ leaseMilliseconds: 15_000, stallMilliseconds: 20_000 })
})

test('migrations are applied, survive being applied again, and return after a reset', async () => {
  const tables = async (): Promise<unknown[]> =>
    (await testEnv.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'runs'").all()).results
  expect(await tables()).toHaveLength(1)
  await migrate()
  await reset()
  await migrate()
  expect(await tables()).toHaveLength(1)
})
