/**
 * The bundled terminal command, in a temporary checkout with the real esbuild.
 * @module
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { commandScript } from '../../../scripts/command.mjs'
import { ROOT } from '../../../scripts/paths.ts'

let root: string

beforeEach(() => {
  vi.stubEnv('ASSAY_HOME', undefined)
  root = mkdtempSync(join(tmpdir(), 'assay-command-'))
  mkdirSync(join(root, 'src/cli/words'), { recursive: true })
  writeFileSync(join(root, 'package-lock.json'), '{}')
  writeFileSync(join(root, 'src/cli/main.ts'), "import { word } from './words/word.ts'\nconsole.log(word as string)")
  writeWord('first')
  // Older than the bundle, even with a clock in milliseconds.
  for (const path of ['package-lock.json', 'src/cli/main.ts', 'src/cli/words/word.ts', 'src/cli/words', 'src/cli', 'src'])
    utimesSync(join(root, path), 1, 1)
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

function writeWord(word: string): void {
  writeFileSync(join(root, 'src/cli/words/word.ts'), `export const word: string = '${word}'`)
}

function says(script: string): string {
  return spawnSync(process.execPath, [script], { encoding: 'utf8' }).stdout.trim()
}

test('is made once, and again when a source has changed', async () => {
  const script = await commandScript(root)
  expect(script).toBe(join(root, '.assay/cli/assay.mjs'))
  expect(says(script)).toBe('first')
  const { ino } = statSync(script)
  expect(statSync(await commandScript(root)).ino).toBe(ino)
  writeWord('second')
  expect(says(await commandScript(root))).toBe('second')
  expect(readdirSync(join(root, '.assay/cli'))).toEqual(['assay.mjs'])
})

test('is made again when the lockfile has changed, or a source is gone', async () => {
  const old = new Date(Date.now() - 60_000)
  const script = await commandScript(root)
  for (const changed of ['package-lock.json', 'src/cli/words']) {
    utimesSync(script, old, old)
    for (const path of ['package-lock.json', 'src', 'src/cli', 'src/cli/main.ts', 'src/cli/words', 'src/cli/words/word.ts'])
      utimesSync(join(root, path), 0, path === changed ? Date.now() / 1000 : 0)
    expect(statSync(await commandScript(root)).mtimeMs).toBeGreaterThan(old.getTime() + 30_000)
  }
})

test('without esbuild, or with a source that it refuses, the sources run themselves', async () => {
  rmSync(join(root, 'node_modules'))
  expect(await commandScript(root)).toBe(join(root, 'src/cli/main.ts'))
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  writeFileSync(join(root, 'src/cli/words/word.ts'), 'export const word: = ')
  expect(await commandScript(root)).toBe(join(root, 'src/cli/main.ts'))
  expect(existsSync(join(root, '.assay'))).toBe(false)
})

test('the verb that starts threads is not in the bundle, and loads its sources', async () => {
  mkdirSync(join(root, 'src/cli/models'))
  writeFileSync(join(root, 'src/cli/models/run-models.ts'), 'export const where: string = import.meta.url')
  writeFileSync(join(root, 'src/cli/main.ts'), "console.log((await import('./models/run-models.ts')).where)")
  const script = await commandScript(root)
  expect(script).toBe(join(root, '.assay/cli/assay.mjs'))
  expect(says(script)).toBe(pathToFileURL(join(root, 'src/cli/models/run-models.ts')).href)
})
