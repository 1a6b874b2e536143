/**
 * The local server itself: storage outlives the process, migrations are applied once, variables of a machine
 * that dies.
 * @module
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLocalServer, type LocalServer } from '../../scripts/local-server.ts'
import { MIGRATIONS } from '../../scripts/paths.ts'

let persistTo: string
let server: LocalServer

beforeAll(async () => {
  persistTo = await mkdtemp(join(tmpdir(), 'assay-state-'))
  server = await startLocalServer({ persistTo, scheduleEvery: 0 })
})

afterAll(async () => {
  await server?.stop()
  await rm(persistTo, { recursive: true, force: true })
})

const applied = async (): Promise<unknown[]> =>
  (
    await (await server.mf.getD1Database('DB')).prepare('SELECT name FROM d1_migrations ORDER BY id').all<{ name: string }>()
  ).results.map(({ name }) => name)

test('D1, KV and R2 outlive the server, and migrations are applied once', async () => {
  const migrations = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).toSorted()
  expect(await applied()).toEqual(migrations)
  await (await server.mf.getD1Database('DB')).exec("INSERT INTO tenants (tenant_id, name, created_at) VALUES ('t', 'T', 1)")
  await (await server.mf.getKVNamespace('PUBLISHED')).put('key', 'value')
  await (await server.mf.getR2Bucket('OBJECTS')).put('key', 'object')

  await server.stop()
  server = await startLocalServer({ persistTo, scheduleEvery: 0 })
  expect(await applied()).toEqual(migrations)
  const database = await server.mf.getD1Database('DB')
  expect(await database.prepare("SELECT name FROM tenants WHERE tenant_id = 't'").first('name')).toBe('T')
  expect(await (await server.mf.getKVNamespace('PUBLISHED')).get('key')).toBe('value')
  expect(await (await (await server.mf.getR2Bucket('OBJECTS')).get('key'))?.text()).toBe('object')
})

test('the Worker and its assets answer over HTTP', async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect(await (await fetch(server.url)).text()).toContain('<title>Assay')
})

test('stopping twice is stopping once', async () => {
  const other = await startLocalServer({ scheduleEvery: 50 })
  await Promise.all([other.stop(), other.stop()])
  await expect(fetch(`${other.url}/healthz`)).rejects.toThrow('fetch failed')
})
