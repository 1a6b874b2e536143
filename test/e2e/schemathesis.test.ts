/**
 * Schemathesis of PyPI, where it is installed: it reads `/openapi.json` alone, and asks every operation.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient } from '../../scripts/api-client.ts'
import { type Assay, startAssay } from './harness.ts'

/** The executable. */
const PROGRAM = process.env['ASSAY_SCHEMATHESIS'] ?? null
const VERSION = '4.32.5'

/** Checks of answers against the document. `fuzz.test.ts` checks bodies, also for members that it lacks. */
const CHECKS = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance']

let assay: Assay
let folder: string

beforeAll(async () => {
  if (PROGRAM === null) return
  folder = await mkdtemp(join(tmpdir(), 'assay-schemathesis-'))
  assay = await startAssay({ allowLoopback: true, scheduleEvery: 1000, bindings: { ANONYMOUS_DAILY_BUDGET: '1000000' } })
})
afterAll(async () => {
  await assay?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

/** An eval with a run, so that answers about them are checked too. */
async function madeObjects(): Promise<{ readonly eval_id: string; readonly run_id: string }> {
  const api = apiClient(assay.url, assay.key.key)
  const evaluation = await api.post<{ id: string }>('/v1/evals', {
    data_source_config: { type: 'custom', item_schema: { type: 'object' } },
    testing_criteria: [
      { type: 'string_check', name: 'same', operation: 'eq', input: '{{item.given}}', reference: '{{item.answer}}' },
    ],
  })
  const content = [{ item: { answer: 'Bern', given: 'Bern' } }, { item: { answer: 'Oslo', given: 'Lima' } }]
  const source = { type: 'jsonl', source: { type: 'file_content', content } }
  const run = await api.post<{ id: string }>(`/v1/evals/${evaluation.id}/runs`, { data_source: source })
  return { eval_id: evaluation.id, run_id: run.id }
}

interface Report {
  readonly failures: number
  readonly errors: number
  readonly output: string
}

async function run(program: string): Promise<Report> {
  const config = join(folder, 'schemathesis.toml')
  const ids = Object.entries(await madeObjects()).map(([name, id]) => `"path.${name}" = ${JSON.stringify(id)}`)
  await writeFile(config, `[parameters]\n${ids.join('\n')}\n`)
  const junit = join(folder, 'junit.xml')
  const options = ['--checks', CHECKS.join(), '--phases', 'examples,fuzzing', '--max-examples', '8', '--seed', '1', '--no-color']
  const more = [
    '--continue-on-failure',
    '--suppress-health-check',
    'all',
    '--request-timeout',
    '60',
    '--report-junit-path',
    junit,
  ]
  const header = ['-H', `authorization: Bearer ${assay.key.key}`]
  const { stdout } = await promisify(execFile)(
    program,
    ['--config-file', config, 'run', `${assay.url}/openapi.json`, ...header, ...options, ...more],
    { cwd: folder, maxBuffer: 64 * 2 ** 20 },
  ).catch((error: { stdout?: string; stderr?: string }) => ({ stdout: `${error.stdout ?? ''}${error.stderr ?? ''}` }))
  const xml = await readFile(junit, 'utf8').catch(() => '')
  const sum = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(xml)?.[1] ?? Number.NaN)
  return { failures: sum('failures'), errors: sum('errors'), output: stdout }
}

test.skipIf(PROGRAM === null)(
  'no operation answers with a 5xx, or with an undocumented status, type or header (ASSAY_SCHEMATHESIS)',
  { timeout: 1_200_000 },
  async () => {
    expect(spawnSync(PROGRAM!, ['--version'], { encoding: 'utf8' }).stdout).toContain(VERSION)
    const { failures, errors, output } = await run(PROGRAM!)
    expect({ failures, errors }, output.slice(-4000)).toEqual({ failures: 0, errors: 0 })
    expect(output).toMatch(/Operations: +\d+ selected/)
    expect(assay.output()).not.toContain('unhandled')
  },
)
