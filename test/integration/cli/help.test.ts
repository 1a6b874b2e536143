/** The help of every command, and its examples as a user would paste them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ClientIo } from '../../../src/cli/client/command.ts'
import { CLIENT_COMMANDS } from '../../../src/cli/client/commands.ts'
import { dispatch, type Leaf, type Output } from '../../../src/cli/dispatch.ts'
import { METRICS_COMMANDS } from '../../../src/cli/metrics/run-metrics.ts'
import type { TerminalIo } from '../../../src/cli/metrics/task.ts'
import { MODELS_COMMANDS, type ModelsTerminal } from '../../../src/cli/models/run-models.ts'
import { commandScript } from '../../../scripts/command.mjs'
import { ROOT } from '../../../scripts/paths.ts'

type Io = TerminalIo & ModelsTerminal & ClientIo
const PREFIX = 'npm run -s assay -- '

const leaves: readonly (readonly [string, Leaf<Io>])[] = [
  ...Object.entries(METRICS_COMMANDS).map(([name, leaf]) => [`metrics ${name}`, leaf as Leaf<Io>] as const),
  ...Object.entries(CLIENT_COMMANDS).map(([name, leaf]) => [name, leaf as Leaf<Io>] as const),
  ...Object.entries(MODELS_COMMANDS).map(([name, leaf]) => [`models ${name}`, leaf as Leaf<Io>] as const),
]

async function run(leaf: Leaf<Io>, argv: readonly string[]) {
  const said = { stdout: '', stderr: '' }
  const status = await dispatch('assay', { noun: 'verb', commands: { leaf } }, ['leaf', ...argv], {
    readFile: (path) => readFile(path, 'utf8'),
    stdout: (text) => (said.stdout += text),
    stderr: (text) => (said.stderr += text),
    environment: {},
  })
  return { status, ...said }
}

test.each(leaves)('%s --help shows its usage and its examples', async (name, leaf) => {
  const { status, stdout, stderr } = await run(leaf, ['--help'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain(`usage:\n  assay ${name} `.trimEnd())
  expect(leaf.examples.length).toBeGreaterThan(0)
  for (const example of leaf.examples) {
    expect(stdout).toContain(example)
    expect(example).toMatch(new RegExp(`^${PREFIX}${name} ?`))
  }
})

// The others ask a running Assay: test/unit/cli/client, and terminal.test.ts and models.test.ts of test/e2e.
const alone = leaves.filter(([name]) => name.startsWith('metrics ') || name === 'models check')
test.each(alone.flatMap(([name, leaf]) => leaf.examples.map((example) => [example, name, leaf] as const)))(
  '%s',
  async (example, name, leaf) => {
    const words = example.slice(`${PREFIX}${name}`.length).split(' ').filter(Boolean)
    const argv = words.map((word) => (word.startsWith('test/golden/') ? join(ROOT, word) : word))
    const { status, stdout, stderr } = await run(leaf, argv)
    expect(status, stderr).toBe(0)
    expect(stdout).not.toBe('')
  },
)

describe('the command itself, bundled as npm run assay bundles it', () => {
  let home: string
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'assay-help-'))
    vi.stubEnv('ASSAY_HOME', home)
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    rmSync(home, { recursive: true })
  })

  test('help names the verbs, each verb its commands, and a refusal is one line', async () => {
    const script = await commandScript(ROOT)
    expect(script).toBe(join(home, 'cli/assay.mjs'))
    const assay = (...argv: string[]) =>
      spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...argv], { encoding: 'utf8' })
    const help = assay('--help')
    expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: '' })
    expect(help.stdout).toMatch(/^ {2}assay metrics /m)
    expect(help.stdout).toMatch(/^ {2}assay models /m)
    expect(assay('grade')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^assay: unknown verb "grade"; verbs: eval, .*metrics, models\n$/) as string,
    })
    const models = assay('models', 'list')
    expect(models.status).toBe(2)
    expect(models.stderr).toMatch(/^assay: no Assay runs in this checkout: .*\n$/)
  })
})

test('errors that are not about the command line are not hidden', async () => {
  const broken: Leaf<Output> = { usage: 'x', examples: [], run: () => Promise.reject(new Error('a fault of ours')) }
  const group = { noun: 'verb', commands: { broken } }
  await expect(dispatch('assay', group, ['broken'], { stdout: () => {}, stderr: () => {} })).rejects.toThrow('a fault of ours')
})
