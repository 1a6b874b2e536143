import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completed, missingEntries, type Lockfile } from '../../../scripts/complete-lockfile.ts'
import { ROOT } from '../../../scripts/paths.ts'

test('npm ci will accept our lockfile: every optional package that it names is described', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile
  expect(missingEntries(lock).map(({ name }) => name)).toEqual([])
})

test('entries are added for the platform that the name says, sorted, and once', () => {
  const lock: Lockfile = {
    packages: {
      '': {},
      'node_modules/z': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: { '@z/binding-linux-arm64-musl': '2.0.0', '@z/workerd-windows-64': '2.0.0' },
      },
      'node_modules/z/node_modules/y': {
        version: '1.0.0',
        optionalDependencies: { '@z/workerd-windows-64': '2.0.0', w: '1.0.0' },
      },
      'node_modules/z/node_modules/w': { version: '1.0.0' },
    },
  }
  const { packages } = completed({ packages: { ...lock.packages, 'node_modules/z/node_modules/y': { version: '1.0.0' } } })
  expect(Object.keys(packages)).toEqual([
    '',
    'node_modules/@z/binding-linux-arm64-musl',
    'node_modules/@z/workerd-windows-64',
    'node_modules/z',
    'node_modules/z/node_modules/w',
    'node_modules/z/node_modules/y',
  ])
  expect(packages['node_modules/@z/binding-linux-arm64-musl']).toEqual({
    version: '2.0.0',
    dev: true,
    optional: true,
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
  })
  expect(packages['node_modules/@z/workerd-windows-64']).toMatchObject({ os: ['win32'], cpu: ['x64'] })
  // A package beside the requesting one counts as present.
  expect(missingEntries(lock).map(({ name }) => name)).not.toContain('w')
})
