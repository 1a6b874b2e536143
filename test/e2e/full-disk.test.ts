/**
 * A full disk: every request is answered, with the store's name, and what was stored before is still there.
 * Needs a file system of its own, so it runs where this process may mount one.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'

const key = makeKey()
const disk = await mkdtemp(join(tmpdir(), 'assay-disk-'))
const isMounted = mount()
if (!isMounted) process.stderr.write('full disk: no file system may be mounted here: skipped\n')

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const start = (): Promise<LocalServer> =>
  startLocalServer({ persistTo: disk, bindings: { ...key.bindings }, scheduleEvery: 0, log: () => {} })

afterAll(async () => {
  if (isMounted) execFileSync('umount', ['-l', disk])
  await rm(disk, { recursive: true, force: true })
})

describe.skipIf(!isMounted)('a full disk', () => {
  let server: LocalServer
  beforeAll(async () => void (server = await start()))
  afterAll(() => server?.stop())

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${key.key}` } })
  const upload = (bytes: number) => {
    const form = new FormData()
    form.set('purpose', 'evals')
    // All different, since the same content is stored once.
    form.set('file', new File([crypto.getRandomValues(new Uint8Array(bytes / 1000)), new Uint8Array(bytes)], 'a file'))
    return ask('/v1/files', { method: 'POST', body: form })
  }

  test.each([
    ['in memory', 1_000_000],
    ['as it comes', 3_000_000],
  ])('answers an upload that is read %s with 503, names the store, and keeps what it has', async (_, bytes) => {
    const stored: string[] = []
    let refused: Response | undefined
    while (refused === undefined) {
      const response = await upload(bytes)
      if (response.status === 200 || response.status === 201) stored.push(((await response.json()) as { id: string }).id)
      else refused = response
    }
    const problem = (await refused.json()) as { code: string; detail: string }
    expect([refused.status, problem.code], problem.detail).toEqual([503, 'unavailable'])
    expect(refused.headers.get('retry-after')).toBe('10')
    expect(problem.detail).toMatch(/R2, binding OBJECTS.*MiB are free on its disk.*disk may be full/)
    expect(stored.length).toBeGreaterThan(0)
    for (const id of stored) expect((await ask(`/v1/files/${id}/content`)).status).toBe(200)
    expect((await ask('/v1/files')).status).toBe(200)
    // With room again, the refused request succeeds.
    await server.stop()
    for (const name of await readdir(disk)) await rm(join(disk, name), { recursive: true })
    server = await start()
    expect((await upload(bytes)).status).toBeLessThan(300)
  })
})
