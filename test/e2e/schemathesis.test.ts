/**
 * Schemathesis of PyPI, where it is installed: it reads `/openapi.json` alone, and asks every operation.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { apiClient } from '../../scripts/api-client.ts'
import { type Assay, startAssay } from './harness.ts'

/** The executable. */
const PROGRAM = process.env['ASSAY_SCHEMATHESIS'] ?? null
const VERSION = '4.32.5'

/** Not `positive_data_acceptance`: a schema cannot say that a run must exist, or a secret. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
  'use_after_free',
  'ensure_resource_availability',
]

let assay: Assay
let folder: string

beforeAll(async () => {
  if (PROGRAM === null) return
  folder = await mkdtemp(join(tmpdir(), 'assay-schemathesis-'))
  assay = await startAssay({
    allowLoopback: true,
    scheduleEvery: 1000,
    requestsPerMinute: 1e9,
    bindings: { ANONYMOUS_DAILY_BUDGET: '1000000' },
  })
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

/** @param parameters - values of path parameters; those of an operation's links would not be used */
async function run(program: string, parameters: Readonly<Record<string, string>>, own: readonly string[]): Promise<Report> {
  const config = join(folder, 'schemathesis.toml')
  const values = Object.entries(parameters).map(([name, id]) => `"path.${name}" = ${JSON.stringify(id)}`)
  const sections = [
    ['[parameters]', ...values],
    ['[auth.openapi.key]', `bearer = ${JSON.stringify(assay.key.key)}`],
    // A body too long for its field may be too long as a whole: 413.
    ['[checks.negative_data_rejection]', 'expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428]'],
  ]
  await writeFile(config, sections.map((lines) => `${lines.join('\n')}\n`).join('\n'))
  const junit = join(folder, 'junit.xml')
  const options = ['--checks', CHECKS.join(), '--mode', 'all', '--max-examples', '8', '--seed', '1', '--no-color']
  const more = [
    '--continue-on-failure',
    '--suppress-health-check',
    'all',
    '--request-timeout',
    '60',
    '--report-junit-path',
    junit,
    ...own,
  ]
  const { stdout } = await promisify(execFile)(
    program,
    ['--config-file', config, 'run', `${assay.url}/openapi.json`, ...options, ...more],
    { cwd: folder, maxBuffer: 64 * 2 ** 20 },
  ).catch((error: { stdout?: string; stderr?: string }) => ({ stdout: `${error.stdout ?? ''}${error.stderr ?? ''}` }))
  const xml = await readFile(junit, 'utf8').catch(() => '')
  const sum = (name: string) => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(xml)?.[1] ?? Number.NaN)
  return { failures: sum('failures'), errors: sum('errors'), output: stdout }
}

const OPERATIONS = Object.values(inject('openApiDocument').paths).flatMap((methods) => Object.keys(methods)).length

/** The eval and the run of {@link madeObjects} stay. */
const KEPT = ['deleteEval', 'deleteRun'].flatMap((id) => ['--exclude-operation-id', id])

test.skipIf(PROGRAM === null).each([
  [
    'each operation by itself, with valid and invalid data',
    ['--phases', 'examples,coverage,fuzzing', ...KEPT],
    new RegExp(`Tested: +${OPERATIONS - 2}\\n`),
  ],
  // Sequences go on until the time is over; how many there are depends on the machine.
  ['operations in sequence, by the links of the document', ['--phases', 'stateful', '--max-time', '90'], /API Links: +[1-9]/],
] as const)(
  '%s: no 5xx, and nothing that the document does not have (ASSAY_SCHEMATHESIS)',
  { timeout: 1_200_000 },
  async (_, own, proof) => {
    expect(spawnSync(PROGRAM!, ['--version'], { encoding: 'utf8' }).stdout).toContain(VERSION)
    const parameters = own.includes('stateful') ? {} : await madeObjects()
    const { failures, errors, output } = await run(PROGRAM!, parameters, own)
    expect({ failures, errors }, output.slice(-4000)).toEqual({ failures: 0, errors: 0 })
    expect(output).toContain(`/${OPERATIONS}\n`)
    expect(output).toMatch(proof)
    expect(assay.output()).not.toContain('unhandled')
  },
)
