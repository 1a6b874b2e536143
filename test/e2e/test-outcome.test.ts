import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT, WORK } from '../../scripts/paths.ts'
import type { TestOutcome } from '../../scripts/test-reporter.ts'

const FILES = {
  'vitest.config.ts': 'export default { test: { globals: true, retry: 1, include: ["*.test.ts"] } }',
  'values.test.ts': `
    test('holds', () => {})
    test.skip('waits', () => {})
    test('two lists', () => expect(['workerd 12']).toEqual([]))
    describe('a server', () => {
      test('starts', () => { throw new Error('did not start', { cause: new Error('port 8787 is taken') }) })
    })`,
  'flaky.test.ts': `
    let attempts = 0
    test('holds the second time', () => expect(attempts++, 'attempts').toBe(1))`,
  'hook.test.ts': `
    beforeAll(() => { throw new Error('no room on the disk') })
    test('never runs', () => {})`,
  'broken.test.ts': 'import "./absent.ts"',
  'late.test.ts': `
    test('ends too early', async () => {
      setTimeout(() => { throw new Error('after the test') })
      await new Promise((resolve) => setTimeout(resolve, 100))
    })`,
}

let folder: string
let outcome: TestOutcome

beforeAll(async () => {
  await mkdir(WORK, { recursive: true })
  folder = await mkdtemp(join(WORK, 'outcome-'))
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text)
  const file = join(folder, 'outcome.json')
  const reporter = `--reporter=${join(ROOT, 'scripts', 'test-reporter.ts')}`
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', folder, reporter], {
    env: { ...process.env, ASSAY_TEST_OUTCOME: file },
    stdio: 'ignore',
  })
  await once(child, 'close')
  outcome = JSON.parse(await readFile(file, 'utf8')) as TestOutcome
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Lines about the failure that `where` names. */
function failureOf(where: string): string {
  return outcome.failures
    .filter(([first]) => first === where)
    .flat()
    .join('\n')
    .replaceAll(`${folder.slice(ROOT.length)}/`, '')
}

test('counts', () => {
  expect([outcome.passed, outcome.failures.length]).toEqual([3, 5])
  expect(outcome.seconds.map(([file]) => file).toSorted()).toEqual(
    Object.keys(FILES)
      .filter((name) => name.endsWith('.test.ts'))
      .toSorted(),
  )
})

test('a failed test: message, place and difference', () => {
  const lines = failureOf('values.test.ts > two lists')
  expect(lines).toContain('to deeply equal []')
  expect(lines).toMatch(/at values\.test\.ts:4:\d+/)
  expect(lines).toContain('+   "workerd 12"')
})

test('a test that passed when it ran again: once, with the reason of its failure', () => {
  expect(outcome.flaky).toHaveLength(1)
  expect(outcome.flaky[0]!.join('\n')).toMatch(/^flaky\.test\.ts > holds the second time\n.*attempts: expected \+0 to be 1/)
})

test('a cause is said', () =>
  expect(failureOf('values.test.ts > a server > starts')).toMatch(/did not start[^]*caused by:[^]*port 8787 is taken/))

test('a hook that fails, a file that does not load, an error outside the tests', () => {
  expect(failureOf('hook.test.ts')).toContain('no room on the disk')
  expect(failureOf('broken.test.ts')).toContain('./absent.ts')
  expect(failureOf('outside the tests')).toContain('after the test')
})
