import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildInputs } from '../../../scripts/build-inputs.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-inputs-'))
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.ts', 'wrangler.toml', 'src/a/b.ts'])
    write(file, file)
  write('models/one/manifest.json', '{}')
})

afterEach(() => rmSync(root, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

const digest = (args: readonly string[] = []) => buildInputs(root, join(root, 'wrangler.toml'), args)

test.each([
  ['a changed source', () => write('src/a/b.ts', 'other')],
  ['a new source', () => write('src/a/c.ts', '')],
  ['a source of another name', () => renameSync(join(root, 'src/a/b.ts'), join(root, 'src/a/c.ts'))],
  ['a removed source', () => rmSync(join(root, 'src/a/b.ts'))],
  ['another configuration', () => write('wrangler.toml', 'other')],
  ['other packages', () => write('package-lock.json', 'other')],
  ['another manifest of a model', () => write('models/one/manifest.json', '{"a":1}')],
])('%s: another digest', async (_, change) => {
  const before = await digest()
  change()
  expect(await digest()).not.toBe(before)
})

test('another commit is another digest', async () => {
  expect(await digest(['--define', 'COMMIT:"a"'])).not.toBe(await digest(['--define', 'COMMIT:"b"']))
})

test('files that no build holds change nothing', async () => {
  const before = await digest()
  write('docs/page.md', 'text')
  write('models/one/vision.onnx', 'graph')
  expect(await digest()).toBe(before)
})
