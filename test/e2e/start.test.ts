/**
 * `npm start` as a person meets it: the first leaderboard, a second one, a taken port, Ctrl-C, a launcher
 * that was killed alone.
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DIST as BUILT, ROOT } from '../../scripts/paths.ts'
import { freePort } from '../../scripts/ports.ts'
import { endGroup, isAlive, membersOfGroup } from '../../scripts/process-identity.ts'
import type { RunningServer } from '../../scripts/server-lock.ts'

/**
 * SHA-256 of the report of each dataset and model. A change of code leaves them as they are; a change of a
 * metric, a model or a fixture changes them, and the changelog says so.
 */
const REPORT_DIGESTS: unknown = JSON.parse(readFileSync(new URL('report-digests.json', import.meta.url), 'utf8'))

let home: string
const launched: ChildProcess[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'assay-home-'))
  // A start builds only what is not there.
  symlinkSync(BUILT, join(home, 'dist'))
})

afterEach(async () => {
  for (const child of launched.splice(0)) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await endGroup(child.pid)
  }
  rmSync(home, { recursive: true, force: true })
})

const script = (name: string, ...args: string[]): string[] => [join(ROOT, 'scripts', 'bootstrap.mjs'), name, ...args]
const env = (): NodeJS.ProcessEnv => ({ ...process.env, ASSAY_HOME: home })
const lock = (): RunningServer => JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as RunningServer

/** Starts Assay in a group of its own and waits until it says that it is up. */
function start(port: number) {
  return launch(process.execPath, script('start', '--port', String(port), '--no-evaluation'))
}

/** @param word - of its output, which is waited for */
async function launch(command: string, args: string[], word = 'Ctrl-C ends it') {
  const child = spawn(command, args, {
    env: env(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  launched.push(child)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let output = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes(word)) resolve()
      })
    }
    void ended.then(() => reject(new Error(`it ended:\n${output}`)))
  })
  return { child, ended, output: () => output }
}

test('a second start says where the first one is; Ctrl-C ends everything', async () => {
  const port = await freePort()
  const { child, ended } = await start(port)
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)

  const second = spawnSync(process.execPath, script('start'), { env: env(), encoding: 'utf8' })
  expect(second.status).toBe(1)
  expect(second.stderr).toMatch(new RegExp(`Assay is running already at http://127.0.0.1:${port} \\(process \\d+\\)`))
  const reset = spawnSync(process.execPath, script('reset'), { env: env(), encoding: 'utf8' })
  expect(reset.status).toBe(1)
  expect(reset.stderr).toContain('a server is running')

  expect(lock().runtimes.length).toBeGreaterThan(0)
  process.kill(-child.pid!, 'SIGINT')
  expect(await ended).toBe(130)
  expect(membersOfGroup(child.pid!)).toEqual([])
  expect(() => lock()).toThrow('ENOENT')
})

test('a taken port is reported in one sentence', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const result = spawnSync(process.execPath, script('start', '--port', String(port)), { env: env(), encoding: 'utf8' })
  other.close()
  expect(result.status).toBe(1)
  expect(result.stderr).toContain(`port ${port} is taken by another program; choose another: npm start -- --port ${port + 1}`)
})

/** Starts it as a person does, by npm, and returns npm's own process. */
async function startByNpm(port: number) {
  const args = ['start', '--prefix', ROOT, '--', '--port', String(port), '--no-evaluation']
  return launch('npm', args)
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('%s to the one process of npm ends everything', async (signal) => {
  const port = await freePort()
  const { child } = await startByNpm(port)
  const { launcher, runtimes } = lock()
  expect(runtimes.length).toBeGreaterThan(0)
  process.kill(child.pid!, signal)
  await expect.poll(() => [launcher, ...runtimes].filter(isAlive)).toEqual([])
  await expect.poll(() => membersOfGroup(child.pid!)).toEqual([])
  expect(() => lock()).toThrow('ENOENT')
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
})

test('a damaged key stops the start with a sentence and is left as it is', () => {
  writeFileSync(join(home, 'local-key'), 'garbage\n')
  const result = spawnSync(process.execPath, script('start', '--once'), { env: env(), encoding: 'utf8' })
  expect(result.status).toBe(1)
  expect(result.stderr).toMatch(/^assay: .*local-key holds no API key .*Restore it from a copy, or remove it/m)
  expect(result.stderr).not.toContain('    at ')
  expect(readFileSync(join(home, 'local-key'), 'utf8')).toBe('garbage\n')
})

test('a damaged database stops the start with a sentence', async () => {
  const { child, ended } = await start(await freePort())
  process.kill(-child.pid!, 'SIGINT')
  await ended
  const bySize = globSync(join(home, 'state', 'd1', '*', '*.sqlite')).toSorted((a, b) => statSync(b).size - statSync(a).size)
  const database = bySize[0]!
  for (const log of ['-wal', '-shm']) rmSync(`${database}${log}`, { force: true })
  writeFileSync(database, Buffer.alloc(65536, 'damage '))
  const result = spawnSync(process.execPath, script('start', '--once'), { env: env(), encoding: 'utf8' })
  expect(result.status).toBe(1)
  expect(result.stderr).toMatch(
    /^assay: the database in .*state cannot be read: it is damaged, or the disk is full; put back a copy/m,
  )
  expect(result.stderr).not.toContain('    at ')
})

test('--help prints the options, whatever is installed', () => {
  for (const flag of ['--help', '-h']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, script('start', flag), { env: env(), encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const option of ['--once', '--port', '--evaluate', '--no-evaluation', '--towers'])
      expect(stdout).toContain(`  ${option}`)
  }
})

// Two containers on one volume see different processes; the lock must hold all the same.
const canUnshare = spawnSync('unshare', ['-pf', '--mount-proc', 'true']).status === 0
test.skipIf(!canUnshare)('a second start in another PID namespace is refused', async () => {
  const port = await freePort()
  const { child, ended } = await start(port)
  const args = [
    '-pf',
    '--mount-proc',
    process.execPath,
    ...script('start', '--port', String(await freePort()), '--no-evaluation'),
  ]
  const second = spawnSync('unshare', args, { env: env(), encoding: 'utf8' })
  expect(second.status).toBe(1)
  expect(second.stderr).toContain(`Assay is running already at http://127.0.0.1:${port} (a process of another container)`)
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
})

test('after a launcher that was killed alone, the next start ends the workerd it left and takes over', async () => {
  const port = await freePort()
  await start(port)
  const { launcher, runtimes } = lock()
  process.kill(launcher.pid, 'SIGKILL')
  const { child, ended } = await start(port)
  expect(runtimes.filter(isAlive)).toEqual([])
  expect(lock().launcher.pid).not.toBe(launcher.pid)
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
})

test('--once builds and ranks every task, and the better of two systems first', { timeout: 1_800_000 }, async () => {
  rmSync(join(home, 'dist'))
  const { status, stdout, stderr } = spawnSync(process.execPath, script('start', '--once'), { env: env(), encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  expect(stderr).toContain('built the Worker: ')
  expect(existsSync(join(home, 'dist', 'index.js'))).toBe(true)
  expect(`${stdout}${stderr}`).toContain('a run that you start meanwhile waits for its turn')
  const rows = stdout.split('\n').map((line) => line.split(/\s{2,}/))
  const ranked = Object.groupBy(
    rows.flatMap(([dataset, rank, model, kind, metric, value]) =>
      kind === 'results' && /-(strong|weak)$/.test(model!)
        ? [{ of: `${dataset}: ${metric}`, rank, model: model!, value: Number(value) }]
        : [],
    ),
    ({ of }) => of,
  )
  expect(Object.keys(ranked).toSorted()).toEqual([
    'scenes-captions: CIDEr (CIDEr-D)',
    'scenes-captions: METEOR (METEOR_noparaphrase:exact_stem)',
    'scenes-vqa: vqa_accuracy (vqa-2021)',
    'unseen-clips-captions: CIDEr (CIDEr-D)',
    'unseen-clips-captions: METEOR (METEOR_noparaphrase:exact_stem)',
    'unseen-procedures-steps: mAP@0.5 (coin-25-classes)',
    'unseen-scenes-nlvr2: accuracy (nlvr2-2018)',
  ])
  for (const [of, pair] of Object.entries(ranked)) {
    expect(
      pair!.map(({ model }) => model.replace(/^.*-/, '')),
      of,
    ).toEqual(['strong', 'weak'])
    expect(
      pair!.map(({ rank }) => rank),
      of,
    ).toEqual(['1', '2'])
    expect(pair![0]!.value, of).toBeGreaterThan(pair![1]!.value)
  }
  const evaluated = JSON.parse(readFileSync(join(home, 'state', 'first-evaluation.json'), 'utf8')) as { models: object }
  expect(Object.keys(evaluated.models)).toEqual([
    'assay-clip',
    'assay-photo',
    'assay-visualbert',
    'assay-vilbert',
    'assay-lxmert',
    'assay-caption',
  ])
  const datasetsOf = (id: string) =>
    new Set(rows.filter(([, , model, kind]) => kind === 'edge model' && model === id).map(([dataset]) => dataset))
  expect(datasetsOf('assay-clip')).toEqual(new Set(['scenes-retrieval', 'twemoji-retrieval', 'unseen-scenes-retrieval']))
  expect(datasetsOf('assay-photo')).toEqual(new Set(['photos-retrieval']))
  for (const id of ['assay-visualbert', 'assay-lxmert']) expect(datasetsOf(id)).toEqual(new Set(['unseen-scenes-vqa']))
  expect(datasetsOf('assay-vilbert')).toEqual(new Set(['unseen-scenes-vqa', 'unseen-statements-nlvr2']))
  expect(datasetsOf('assay-caption')).toEqual(new Set(['unseen-scenes-captions']))
  // Models that look are better than rules that do not.
  const modelsOn = (dataset: string, wanted: string) =>
    rows.flatMap(([of, , model, , metric]) => (of === dataset && metric!.startsWith(wanted) ? [model] : []))
  const questions = modelsOn('unseen-scenes-vqa', 'vqa_accuracy')
  expect(questions.slice(0, 3).toSorted()).toEqual(['assay-lxmert', 'assay-vilbert', 'assay-visualbert'])
  expect(questions.slice(3)).toEqual(['nearest-neighbor', 'question-only', 'majority-by-question-type', 'majority'])
  expect(modelsOn('unseen-scenes-captions', 'CIDEr')).toEqual(['assay-caption', 'nearest-neighbor'])

  const digests: Record<string, Record<string, string>> = {}
  for (const [dataset, , model, , , ...rest] of rows)
    if (/^[0-9a-f]{64}$/.test(rest.at(-1) ?? '')) (digests[dataset!] ??= {})[model!] = rest.at(-1)!
  expect(digests, 'the bytes of the reports').toEqual(REPORT_DIGESTS)

  // The same files: nothing to evaluate. Another model under the same name: its numbers are not those of this
  // state.
  const again = await launch(process.execPath, script('start', '--port', '0'))
  expect(again.output()).not.toContain('evaluating again')
  process.kill(again.child.pid!, 'SIGTERM')
  await again.ended
  writeFileSync(
    join(home, 'state', 'first-evaluation.json'),
    JSON.stringify({ ...evaluated, models: { ...evaluated.models, 'assay-clip': 'another' } }),
  )
  const changed = await launch(process.execPath, script('start', '--port', '0'), 'the first evaluation begins')
  expect(changed.output()).toContain('assay-clip is not the model that was evaluated here last; evaluating again')
  process.kill(changed.child.pid!, 'SIGTERM')
  await changed.ended
})
