import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Build, buildWorker, MAXIMUM_BYTES } from '../../scripts/build.ts'

let home: string
let build: Build

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-build-'))
  build = await buildWorker(join(home, 'worker'))
})

afterAll(() => rm(home, { recursive: true, force: true }))

test('the Worker builds as a deployment would, with its runtime and without model files, and is small enough to deploy', () => {
  expect(build.isNew).toBe(true)
  expect(build.bytes).toBeLessThan(MAXIMUM_BYTES)
  const extensions = new Set(build.modules.map(({ path }) => path.slice(path.lastIndexOf('.'))))
  expect(extensions).toEqual(new Set(['.js', '.wasm']))
})

test('the script is ASCII, since V8 keeps two bytes per character of any other', async () => {
  const script = await readFile(join(build.directory, build.entry), 'utf8')
  expect(Array.from(script.matchAll(/.{0,40}[^\0-\x7f].{0,20}/g), ([place]) => place)).toEqual([])
})

test('a Worker that is too large is refused, naming what is large, and leaves no build behind', async () => {
  const directory = join(home, 'too-large')
  await expect(buildWorker(directory, 2 ** 20)).rejects.toThrow(
    /above the 1\.00 MiB that Workers accept; largest: \S+ort-wasm\S* 1[0-9]\.\d\d MiB/,
  )
  expect(existsSync(directory)).toBe(false)
})

test('a build of the same inputs is kept, unless a file of it is lost', async () => {
  const { directory } = build
  expect(await buildWorker(directory)).toEqual({ ...build, isNew: false })
  rmSync(join(directory, build.modules[0]!.path))
  expect(await buildWorker(directory)).toEqual(build)
})
