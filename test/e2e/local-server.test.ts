/**
 * The local server itself: storage outlives the process, migrations are applied once, variables of a machine
 * that dies.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLocalServer, type LocalServer } from '../../scripts/local-server.ts'
import { MIGRATIONS } from '../../scripts/paths.ts'
import { membersOfGroup } from '../../scripts/process-identity.ts'

const scriptFile = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url))
const SERVE = scriptFile('serve.ts')
const PROCESSES = scriptFile('process-identity.ts')

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

test.each([
  ['Ctrl-C, which reaches workerd too', 'SIGINT', -1],
  ['a signal to the launcher alone', 'SIGTERM', 1],
] as const)('%s: workerd has ended when the launcher has', async (_, signal, whole) => {
  const launcher = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVE, '{}'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  await once(launcher, 'message')
  process.kill(whole * launcher.pid!, signal)
  // Miniflare's own end of the process, which waits for nothing, has another status.
  expect(await once(launcher, 'exit')).toEqual([0, null])
  expect(membersOfGroup(launcher.pid!)).toEqual([])
})

test('the end of a process kills its children and theirs, and waits for them', async () => {
  const child = `require('child_process').spawn('sleep', ['600'], { stdio: 'ignore' }); process.on('SIGTERM', () => {}); console.log('')`
  const script = `
    import { spawn } from 'node:child_process'
    import { endDescendants } from ${JSON.stringify(PROCESSES)}
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await endDescendants()
    process.exit(0)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { detached: true, stdio: 'ignore' })
  expect(await once(parent, 'exit')).toEqual([0, null])
  expect(membersOfGroup(parent.pid!)).toEqual([])
})
