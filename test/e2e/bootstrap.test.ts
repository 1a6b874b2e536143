/**
 * The bootstrap in a temporary checkout with a substitute for npm: missing, complete, interrupted and
 * concurrent installations.
 * @module
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT } from '../../scripts/paths.ts'

const LOCK = { lockfileVersion: 3, packages: { '': { name: 'assay' }, 'node_modules/one': { version: '1.0.0' } } }

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-bootstrap-'))
  mkdirSync(join(root, 'scripts'))
  for (const file of ['bootstrap.mjs', 'model-links.mjs', 'parent-process.mjs'])
    copyFileSync(join(ROOT, 'scripts', file), join(root, 'scripts', file))
  writeFileSync(join(root, 'scripts', 'check.ts'), "process.stdout.write('checked')")
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(LOCK))
  npm('process.exit(0)')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Makes an npm that installs the Node package and then does `afterwards`. */
function npm(afterwards: string): void {
  const modules = JSON.stringify(join(root, 'node_modules'))
  writeFileSync(
    join(root, 'npm.cjs'),
    `const fs = require('fs')
     console.log('npm speaks')
     const bin = ${modules} + '/node-linux-' + process.arch + '/bin'
     fs.mkdirSync(bin, { recursive: true })
     fs.rmSync(bin + '/node', { force: true })
     fs.symlinkSync(${JSON.stringify(process.execPath)}, bin + '/node')
     ${afterwards}`,
  )
}

function bootstrap(...args: string[]) {
  const env = { ...process.env, npm_execpath: join(root, 'npm.cjs') }
  return spawnSync(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), ...args], { env, encoding: 'utf8' })
}

test('installs once; npm is kept off stdout', () => {
  const first = bootstrap('check')
  expect(first).toMatchObject({ status: 0, stdout: 'checked' })
  expect(first.stderr).toContain('installing the packages')
  expect(first.stderr).toContain('npm speaks')
  expect(bootstrap('check')).toMatchObject({ status: 0, stdout: 'checked', stderr: '' })
})

test('links to model files that became text are made again; everything else stays', () => {
  const [assets, models] = [join(root, 'public/models/one'), join(root, 'models/one')]
  for (const folder of [assets, models]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(models, 'vision.onnx'), 'graph')
  const texts = {
    'vision.onnx': '../../../models/one/vision.onnx',
    'missing.onnx': '../../../models/one/missing.onnx',
    'outside.onnx': '../../../package-lock.json',
    'tokenizer.json': '{}',
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(assets, name), text)

  expect(bootstrap('check').stderr).toContain('made 1 links of public/models/ again')
  expect(readlinkSync(join(assets, 'vision.onnx'))).toBe('../../../models/one/vision.onnx')
  for (const name of ['missing.onnx', 'outside.onnx', 'tokenizer.json'] as const)
    expect(lstatSync(join(assets, name)).isFile()).toBe(true)
  expect(bootstrap('check').stderr).toBe('')
})

test('a changed lockfile installs again', () => {
  bootstrap('check')
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ ...LOCK, changed: true }))
  expect(bootstrap('check').stderr).toContain('does not match')
})

test("npm's own finished installation is accepted as it is", () => {
  bootstrap('check')
  rmSync(join(root, 'node_modules', '.assay-installed'))
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify(LOCK))
  expect(bootstrap('check')).toMatchObject({ status: 0, stderr: '' })
})

test('an installation that npm failed leaves word, and is done again', () => {
  npm('process.exit(7)')
  const failed = bootstrap('check')
  expect(failed).toMatchObject({ status: 1, stdout: '' })
  expect(failed.stderr).toContain('npm ci failed (exit 7)')
  npm('process.exit(0)')
  const again = bootstrap('check')
  expect(again).toMatchObject({ status: 0, stdout: 'checked' })
  expect(again.stderr).toContain('an earlier installation was interrupted; installing again')
  expect(existsSync(join(root, '.assay', 'installing'))).toBe(false)
})

test('an installation that was killed is done again, even where npm got far enough to look finished', () => {
  npm(`fs.writeFileSync(${JSON.stringify(join(root, 'node_modules', '.package-lock.json'))}, ${JSON.stringify(JSON.stringify(LOCK))})
       process.kill(process.ppid, 'SIGKILL')`)
  expect(bootstrap('check').signal).toBe('SIGKILL')
  npm('process.exit(0)')
  expect(bootstrap('check').stderr).toContain('an earlier installation was interrupted; installing again')
})

test('does not install beside another installation', () => {
  mkdirSync(join(root, '.assay'))
  writeFileSync(join(root, '.assay', 'installing'), `${process.pid}\n`)
  const result = bootstrap('check')
  expect(result.status).toBe(1)
  expect(result.stderr).toContain(`another installation is under way (process ${process.pid})`)
})

test('passes on the exit status and the signal of what it ran', () => {
  writeFileSync(join(root, 'scripts', 'check.ts'), 'process.exit(3)')
  expect(bootstrap('check').status).toBe(3)
  writeFileSync(join(root, 'scripts', 'check.ts'), "process.kill(process.pid, 'SIGKILL')")
  expect(bootstrap('check').status).toBe(137)
})

test('says what to do when the Node package for this machine is missing', () => {
  bootstrap('check')
  rmSync(join(root, 'node_modules', `node-linux-${process.arch}`), { recursive: true })
  const result = bootstrap('check')
  expect(result.status).toBe(1)
  expect(result.stderr).toContain('npm ci --include=optional')
})

test('a Node that does not run is reported', () => {
  bootstrap('check')
  const node = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  rmSync(node)
  writeFileSync(node, 'not a program')
  chmodSync(node, 0o755)
  expect(bootstrap('check').stderr).toContain('does not run here')
})

test('an unknown verb lists those there are', () => {
  const result = bootstrap('strat')
  expect(result.status).toBe(2)
  expect(result.stderr).toContain('unknown verb "strat"')
  for (const name of Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts)) {
    if (name !== 'format') expect(result.stderr).toContain(`  ${name} `)
  }
})

test('help costs no installation', () => {
  for (const args of [['--help'], ['start', '--help'], ['test', '-h']]) {
    const { status, stdout, stderr } = bootstrap(...args)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).not.toBe('')
  }
  expect(existsSync(join(root, 'node_modules'))).toBe(false)
})
