import { describe, expect, test } from 'vitest'
import { findViolations, importsOf, ROOMS } from '../../../scripts/rooms.ts'

const rules = (path: string, text: string): string[] =>
  findViolations([{ path, text }]).map(({ line, rule }) => `${line}: ${rule}`)

describe('arrows', () => {
  test('a room may know itself and what its row names', () => {
    expect(
      rules('metrics/bleu.ts', "import { log } from '../statistics/elementary.ts'\nimport { x } from './descriptor.ts'\n"),
    ).toEqual([])
  })

  test.each([
    [
      'metrics/bleu.ts',
      "import { x } from '../storage/d1.ts'",
      '1: metrics/ may not know storage/ (it may know contracts, statistics, tasks)',
    ],
    ['http/routes/runs.ts', "import { x } from '../../storage/d1.ts'", 'storage/'],
    ['tasks/vqa/item.ts', "import type { X } from '../../statistics/x.ts'", 'statistics/'],
    ['contracts/run.ts', "export * from '../runs/plan.ts'", 'contracts/ may not know runs/ (it may know nothing)'],
    ['cli/main.ts', "const x = await import('../http/app.ts')", 'cli/ may not know http/'],
    ['runs/plan.ts', "import {\n  a,\n  b,\n} from '../storage/d1.ts'", 'runs/ may not know storage/'],
    ['runs/plan.ts', "import type { Env } from '../env.ts'", 'only the doors know the doors'],
    ['runs/plan.ts', "import { startAssay } from '../../test/e2e/harness.ts'", 'outside src/'],
    ['helpers/x.ts', "import { x } from '../contracts/run.ts'", 'no room'],
    ['runs/plan.ts', 'const x = await import(name)', 'must name its module'],
  ])('%s: %s is refused', (path, text, says) => {
    expect(rules(path, text)).toEqual([expect.stringContaining(says)])
  })

  test('a pure room imports neither platform nor packages', () => {
    expect(rules('statistics/x.ts', "import { createHash } from 'node:crypto'")).toEqual([
      '1: statistics/ is pure and may not import node:crypto',
    ])
    expect(rules('metrics/x.ts', "import { env } from 'cloudflare:workers'")).toHaveLength(1)
    expect(rules('statistics/x.ts', "\nimport { z } from 'zod'")).toEqual([
      '2: statistics/ may not import the package zod (it may know nothing)',
    ])
    expect(rules('storage/x.ts', "import { DurableObject } from 'cloudflare:workers'")).toEqual([])
  })

  test('a pure room has neither clock nor chance', () => {
    expect(rules('scorers/x.ts', 'const at = Date.now()\nconst r = Math.random()')).toEqual([
      expect.stringContaining('1: scorers/ is pure and may not use the clock'),
      expect.stringContaining('2: scorers/ is pure and may not use Math.random'),
    ])
    expect(rules('scorers/x.ts', '// never Math.random here\n/* nor Date.now */')).toEqual([])
    expect(rules('runs/x.ts', 'const at = Date.now()')).toEqual([])
  })

  test('only models/ bundles models', () => {
    const text = "import weights from '../../../models/assay-clip/vision.onnx'"
    expect(rules('models/edge/assay-clip.ts', text)).toEqual([])
    expect(rules('http/routes/score.ts', text)).toHaveLength(1)
  })

  test('the doors know every room', () => {
    expect(rules('index.ts', "import { app } from './http/app.ts'\nimport { d1 } from './storage/d1.ts'")).toEqual([])
  })
})

test('the table has no way round in a circle', () => {
  const visit = (name: string, path: readonly string[]): void => {
    expect(path, `${[...path, name].join(' → ')}`).not.toContain(name)
    for (const next of ROOMS[name]?.knows ?? []) visit(next, [...path, name])
  }
  for (const name of Object.keys(ROOMS)) visit(name, [])
})

test('imports are found with their lines, comments are not', () => {
  const text =
    "// import a from 'a'\n/**\n * import b from 'b'\n */\nimport 'c'\nimport type { D } from 'd'\nexport { e } from 'e'\nexport const from = 'f'\n"
  expect(importsOf(text)).toEqual([
    { specifier: 'c', line: 5 },
    { specifier: 'd', line: 6 },
    { specifier: 'e', line: 7 },
  ])
})
