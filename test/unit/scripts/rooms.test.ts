import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONFIGURATION } from '../../../scripts/dependency-rules.ts'
import { ROOMS } from '../../../scripts/rooms.ts'

/** An invented tree in which each file breaks the named rule, or none. */
const FILES: readonly (readonly [path: string, text: string, rule: string | null])[] = [
  ['src/contracts/a.ts', 'export const a = 1', null],
  ['src/statistics/a.ts', 'export const a = 1', null],
  ['src/storage/a.ts', "import { DurableObject } from 'cloudflare:workers'\nexport const a = DurableObject", null],
  ['src/index.ts', "import { a } from './http/a.ts'\nimport { a as b } from './storage/a.ts'\nexport default [a, b]", null],
  ['src/http/a.ts', "import { a as b } from '../contracts/a.ts'\nexport const a = b", null],
  ['src/metrics/known.ts', "import { a } from '../statistics/a.ts'\nexport const b = a", null],
  ['src/metrics/unknown.ts', "import { a } from '../storage/a.ts'\nexport const b = a", 'metrics-knows'],
  ['src/tasks/type.ts', "import type { a } from '../statistics/a.ts'\nexport type B = typeof a", 'tasks-knows'],
  ['src/contracts/all.ts', "export * from '../statistics/a.ts'", 'contracts-knows'],
  ['src/cli/later.ts', "export const b = await import('../http/a.ts')", 'cli-knows'],
  ['src/runs/door.ts', "import type a from '../index.ts'\nexport type B = typeof a", 'doors-are-not-imported'],
  ['src/runs/outside.ts', "import { a } from '../../test/a.ts'\nexport const b = a", 'src-is-closed'],
  ['src/helpers/a.ts', "import { a } from '../contracts/a.ts'\nexport const b = a", 'every-file-has-a-room'],
  ['src/statistics/node.ts', "import { createHash } from 'node:crypto'\nexport const b = createHash", 'statistics-is-pure'],
  [
    'src/metrics/platform.ts',
    "import { env } from 'cloudflare:workers'\nexport const b = env",
    'metrics-is-pure-of-the-platform',
  ],
  ['src/statistics/package.ts', "import { z } from 'zod'\nexport const b = z", 'statistics-packages'],
  ['src/text/package.ts', "import { z } from 'zod'\nexport const b = z", null],
  ['src/models/weights.ts', "import a from '../../models/a.json'\nexport const b = a", null],
  ['src/http/weights.ts', "import a from '../../models/a.json'\nexport const b = a", 'src-is-closed'],
  ['src/models/outside.ts', "import { a } from '../../test/a.ts'\nexport const b = a", 'models-bundles-models'],
  ['src/runs/missing.ts', "import { a } from './nowhere.ts'\nexport const b = a", 'resolves'],
  // A circle is reported once, at one of its files.
  ['src/runs/circle.ts', "import { b } from './circle-back.ts'\nexport const a = () => b", null],
  ['src/runs/circle-back.ts', "import { a } from './circle.ts'\nexport const b = () => a", 'no-circles'],
  ['scripts/a.ts', "import { a } from '../test/a.ts'\nexport const b = a", 'scripts-import-no-tests'],
  ['test/a.ts', 'export const a = 1', null],
  ['test/b.test.ts', 'export const a = 1', null],
  ['test/c.ts', "import { a } from './b.test.ts'\nexport const b = a", 'no-test-is-imported'],
  ['test/support/database.ts', "import { DatabaseSync } from 'node:sqlite'\nexport const a = DatabaseSync", null],
  ['test/unit/over-sqlite.test.ts', "import { a } from '../support/database.ts'\nexport const b = a", 'unit-tests-are-pure'],
  ['test/integration/over-sqlite.test.ts', "import { a } from '../support/database.ts'\nexport const b = a", null],
  [
    'test/unit/process.test.ts',
    "import { spawnSync } from 'node:child_process'\nexport const b = spawnSync",
    'unit-tests-start-no-process',
  ],
  ['models/a.json', '1', null],
]

let directory: string
const found = new Map<string, string[]>()

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-rooms-'))
  await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module', dependencies: { zod: '4' } }))
  for (const [path, text] of [...FILES, ['node_modules/zod/index.js', 'export const z = 1'] as const]) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  const { forbidden, options } = CONFIGURATION as Required<IConfiguration>
  const { output } = await cruise(
    ['src', 'scripts', 'test'],
    { ...options, baseDir: directory, validate: true, ruleSet: { forbidden } },
    options.enhancedResolveOptions,
  )
  for (const { from, rule } of (output as ICruiseResult).summary.violations)
    found.set(from, [...(found.get(from) ?? []), rule.name])
}, 60_000)

afterAll(() => rm(directory, { recursive: true }))

test.each(FILES.map(([path, , rule]) => [path, rule] as const))('%s breaks %s', (path, rule) => {
  expect(found.get(path) ?? []).toEqual(rule === null ? [] : [rule])
})

test('the table itself has no circle', () => {
  const visit = (name: string, path: readonly string[]): void => {
    expect(path, [...path, name].join(' → ')).not.toContain(name)
    for (const next of ROOMS[name]?.knows ?? []) visit(next, [...path, name])
  }
  for (const name of Object.keys(ROOMS)) visit(name, [])
})
