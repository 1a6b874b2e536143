/** The help of every command, and its examples as a user would paste them. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Command, dispatch, type Leaf, type Output } from '../../../src/cli/dispatch.ts'
import { METRICS } from '../../../src/cli/metrics/run-metrics.ts'
import type { TerminalIo } from '../../../src/cli/metrics/task.ts'
import { modelCommands, type ModelsTerminal } from '../../../src/cli/models/run-models.ts'
import { ROOT } from '../../../scripts/paths.ts'

type Io = TerminalIo & ModelsTerminal
const PREFIX = 'npm run -s assay -- '

const metrics = (await METRICS.commands()) as Readonly<Record<string, Leaf<TerminalIo>>>
const leaves: readonly (readonly [string, Leaf<Io>])[] = [
  ...Object.entries(metrics).map(([name, leaf]) => [`metrics ${name}`, leaf as Leaf<Io>] as const),
  ...Object.entries(modelCommands()).map(([name, leaf]) => [`models ${name}`, leaf as Leaf<Io>] as const),
]

async function run(command: Command<Io>, argv: readonly string[]) {
  const said = { stdout: '', stderr: '' }
  const status = await dispatch('assay', command, argv, {
    readFile: (path) => readFile(path, 'utf8'),
    stdout: (text) => (said.stdout += text),
    stderr: (text) => (said.stderr += text),
    environment: {},
  })
  return { status, ...said }
}

test.each(leaves)('%s --help shows its usage and its examples', async (name, leaf) => {
  const { status, stdout, stderr } = await run(leaf, ['--help'])
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  expect(stderr).toContain(`usage:\n  assay ${name} `.trimEnd())
  expect(leaf.examples.length).toBeGreaterThan(0)
  for (const example of leaf.examples) {
    expect(stderr).toContain(example)
    expect(example).toMatch(new RegExp(`^${PREFIX}${name} ?`))
  }
})

// `models add`, `list`, `remove` and `embed-texts` ask a running Assay: test/e2e/models.test.ts.
const alone = leaves.filter(([name]) => name.startsWith('metrics ') || name === 'models check')
test.each(alone.flatMap(([name, leaf]) => leaf.examples.map((example) => [example, name, leaf] as const)))(
  '%s',
  async (example, name, leaf) => {
    const words = example.slice(`${PREFIX}${name} `.length).split(' ')
    const argv = words.map((word) => (word.startsWith('test/golden/') ? join(ROOT, word) : word))
    const { status, stdout, stderr } = await run(leaf, argv)
    expect(status, stderr).toBe(0)
    expect(stdout).not.toBe('')
  },
)

test('the command itself: help names the verbs, and each verb its commands', () => {
  const assay = (...argv: string[]) =>
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), ...argv], {
      encoding: 'utf8',
    })
  const help = assay('--help')
  expect({ status: help.status, stdout: help.stdout }).toEqual({ status: 0, stdout: '' })
  expect(help.stderr).toMatch(/^ {2}assay metrics /m)
  expect(help.stderr).toMatch(/^ {2}assay models /m)
  const models = assay('models', '--help')
  expect(models.status).toBe(0)
  expect(models.stderr).toContain('assay models add <folder or address>')
  expect(assay('grade')).toMatchObject({ status: 2, stderr: 'assay: unknown verb "grade"; verbs: metrics, models\n' })
})

test('errors that are not about the command line are not hidden', async () => {
  const broken: Leaf<Output> = { usage: 'x', examples: [], run: () => Promise.reject(new Error('a fault of ours')) }
  await expect(dispatch('assay', broken, [], { stdout: () => {}, stderr: () => {} })).rejects.toThrow('a fault of ours')
})
