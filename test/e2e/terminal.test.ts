/**
 * The packed terminal command in an empty folder: own files in, eval, gate and comparison out.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packCommand } from '../../scripts/pack.ts'
import { samplePng } from '../support/png.ts'
import { vqaFiles } from '../support/tiny-datasets.ts'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay
let folder: string
let script: string
/** Name of the tarball in the folder. */
let tarball: string

beforeAll(async () => {
  assay = await startAssay()
  folder = mkdtempSync(join(tmpdir(), 'assay-terminal-'))
  const packed = await packCommand(folder)
  tarball = basename(packed)
  await run('tar', ['-xzf', packed])
  script = join(folder, 'package', 'assay.mjs')
  const { questions, annotations } = vqaFiles(40)
  write('questions.json', questions)
  write('annotations.json', annotations)
  const answers = (answer: (index: number) => string) =>
    questions.questions.map(({ question_id }, index) => ({ question_id, answer: answer(index) }))
  write(
    'good.json',
    answers(() => 'yes'),
  )
  write(
    'bad.json',
    answers((index) => (index % 4 === 0 ? 'yes' : 'no')),
  )
  write('good.config.json', config('good'))
  write('bad.config.json', config('bad'))
})

afterAll(async () => {
  await assay?.stop()
  if (folder) rmSync(folder, { recursive: true })
})

const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content))

const config = (name: string) => ({
  name: 'questions of mine',
  dataset: { name: 'mine', format: 'vqa-v2', files: { questions: 'questions.json', annotations: 'annotations.json' } },
  eval: { testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }] },
  run: { subject: { type: 'results', file: `${name}.json`, name } },
  gate: [
    { type: 'threshold', criterion: 'accuracy', of: 'lower_bound', at_least: 0.5 },
    { type: 'max_errored', at_most: 0 },
  ],
})

function run(command: string, argv: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const environment = { PATH: process.env['PATH'], ASSAY_URL: assay.url, ASSAY_KEY: assay.key.key, HOME: folder }
    const child = spawn(command, argv, { cwd: folder, env: environment })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (text) => (said.stdout += String(text)))
    child.stderr.on('data', (text) => (said.stderr += String(text)))
    child.on('error', reject).on('close', (status) => resolve({ status, ...said }))
  })
}

const terminal = (...argv: string[]) => run(process.execPath, [script, ...argv])

test('own files → eval → gate in one command, with the exit status both ways', async () => {
  const good = await terminal('eval', 'good.config.json', '--json')
  expect(good.status, good.stderr).toBe(0)
  const { run: baseline } = JSON.parse(good.stdout) as { run: { id: string; eval_id: string; gate: { verdict: string } } }
  expect(baseline.gate.verdict).toBe('passed')

  const bad = await terminal(
    'eval',
    'bad.config.json',
    '--json',
    '--baseline',
    baseline.id,
    '--junit',
    'gate.xml',
    '--csv',
    'metrics.csv',
  )
  expect(bad.status, bad.stderr).toBe(1)
  const { run: treatment, comparison } = JSON.parse(bad.stdout) as {
    run: { id: string; eval_id: string; result_counts: object }
    comparison: { results: { difference: number; n: number; verdict: string }[] }
  }
  // The same criteria make the same eval, and the same files the same dataset version.
  expect(treatment.eval_id).toBe(baseline.eval_id)
  expect(treatment.result_counts).toMatchObject({ total: 40, passed: 10 })
  expect(comparison.results).toMatchObject([{ difference: -0.75, n: 40, verdict: 'too_few_samples' }])
  expect(readFileSync(join(folder, 'gate.xml'), 'utf8')).toContain('tests="3" failures="1"')
  expect(readFileSync(join(folder, 'metrics.csv'), 'utf8')).toContain('accuracy,vqa_accuracy,vqa-2021,,0.25,')

  const reference = `${treatment.eval_id}/${treatment.id}`
  expect((await terminal('verify', reference)).status).toBe(0)
  const items = await terminal('items', reference, '--status', 'fail', '--limit', '3')
  expect(
    items.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status),
  ).toEqual(['fail', 'fail', 'fail'])
  expect((await terminal('run', reference)).stdout).toContain('gate failed')

  const suite = await terminal('eval', 'good.config.json', 'bad.config.json', '--junit', 'suite.xml')
  expect(suite.status, suite.stderr).toBe(1)
  expect(suite.stdout).toContain('suite failed: 1 of 2 runs passed')
  expect(readFileSync(join(folder, 'suite.xml'), 'utf8')).toContain('<testsuites tests="6" failures="1">')
})

test('own JSON Lines and graders → eval → gate, by npx from the tarball alone', async () => {
  const lines = [0, 1, 2, 3].map((n) => ({
    item: { question: `${n} + 1`, answer: `${n + 1}` },
    sample: { output_text: `${n + (n === 3 ? 2 : 1)}` },
  }))
  writeFileSync(join(folder, 'sums.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const sums = (least: number) => ({
    name: 'sums',
    eval: {
      data_source_config: {
        type: 'custom',
        item_schema: { type: 'object', properties: { question: { type: 'string' }, answer: { type: 'string' } } },
        include_sample_schema: true,
      },
      testing_criteria: [
        { type: 'string_check', name: 'right', input: '{{sample.output_text}}', reference: '{{item.answer}}', operation: 'eq' },
      ],
    },
    run: { data_source: { type: 'jsonl', file: 'sums.jsonl' } },
    gate: [{ type: 'threshold', criterion: 'right', at_least: least }],
  })
  write('sums.json', sums(0.7))
  write('strict.json', sums(0.8))
  const npx = (config: string) => run('npx', ['--yes', '--offline', `./${tarball}`, 'eval', config])
  const good = await npx('sums.json')
  expect(good.status, good.stderr).toBe(0)
  expect(good.stdout).toContain('gate passed')
  const bad = await npx('strict.json')
  expect(bad.status, bad.stderr).toBe(1)
  expect(bad.stdout).toContain('gate failed')
  const help = await terminal('eval', '--help')
  expect(help.stdout).toContain('\n  assay eval pets.yaml\n')
  expect(help.stdout).not.toContain('npm run')
})

test('a picture is scored, with the model and its warnings beside the table', async () => {
  writeFileSync(join(folder, 'picture.png'), samplePng(1))
  const scored = await terminal('score', 'picture.png', 'a sailboat', 'a dog', '--model', 'assay-clip')
  expect(scored.status, scored.stderr).toBe(0)
  expect(scored.stdout).toMatch(/probability.*\n.*\n.*a sailboat\n.*a dog/)
  expect(scored.stderr).toContain('assay-clip answered')

  const missing = await terminal('score', 'nowhere.png', 'a dog')
  expect(missing.status).toBe(2)
  expect(missing.stderr).toMatch(/^assay: cannot read nowhere\.png: ENOENT/)
})
