/**
 * Plain `wrangler dev`, which applies no migration: every route says what to do, and `npm run dev` does it.
 * @module
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT, WRANGLER_CONFIG } from '../../scripts/paths.ts'
import { freePort } from '../../scripts/ports.ts'
import { endGroup } from '../../scripts/process-identity.ts'

let home: string
let child: ChildProcess | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'assay-dev-'))
})

afterEach(async () => {
  if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) await endGroup(child.pid)
  rmSync(home, { recursive: true, force: true })
})

/** Starts a server and returns its address and what it has written so far. */
async function serve(...command: string[]): Promise<{ url: string; output: () => string }> {
  const port = await freePort()
  const started = spawn(process.execPath, [...command, '--port', String(port), '--inspector-port', '0'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ASSAY_HOME: home, CI: '1', WRANGLER_WRITE_LOGS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  })
  child = started
  let output = ''
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  await expect
    .poll(() =>
      fetch(`${url}/healthz`).then(
        ({ status }) => status,
        () => output,
      ),
    )
    .toBe(200)
  return { url, output: () => output }
}

const WRANGLER = join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

test('without migrations: 503 that names the command; with them it serves', async () => {
  const shared = ['--config', WRANGLER_CONFIG, '--persist-to', join(home, 'plain')]
  const { url } = await serve(WRANGLER, 'dev', ...shared)
  const image = new Blob([readFileSync(join(ROOT, 'public/samples/sailboat.webp'))])
  const form = new FormData()
  form.set('image', image, 'sailboat.webp')
  form.set('text', 'a sailboat')
  const authorization = `Bearer assay_${'a'.repeat(16)}_${'A'.repeat(43)}`
  const requests: [string, RequestInit?][] = [
    ['/v1/leaderboards'],
    ['/v1/models'],
    ['/v1/score', { method: 'POST', body: form }],
    ['/v1/datasets', { headers: { authorization } }],
    ['/hooks/trg_x', { method: 'POST', body: '{}' }],
  ]
  const ask = () => Promise.all(requests.map(async ([path, init]) => (await fetch(`${url}${path}`, init)).status))
  for (const [path, init] of requests) {
    const response = await fetch(`${url}${path}`, init)
    expect(response.status, path).toBe(503)
    expect(await response.text(), path).toContain('wrangler d1 migrations apply assay --local')
  }
  const apply = ['d1', 'migrations', 'apply', 'assay', '--local', ...shared]
  await promisify(execFile)(process.execPath, [WRANGLER, ...apply], { env: { ...process.env, CI: '1' } })
  expect(await ask()).toEqual([200, 200, 200, 401, 404])
})

test('npm run dev applies the migrations and accepts the key that it prints', async () => {
  const { url, output } = await serve(join(ROOT, 'scripts', 'bootstrap.mjs'), 'dev')
  const key = /API key: (assay_\S+)/.exec(output())![1]
  const response = await fetch(`${url}/v1/datasets`, { headers: { authorization: `Bearer ${key}` } })
  expect(response.status).toBe(200)
})
