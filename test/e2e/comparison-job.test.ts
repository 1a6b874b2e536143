/**
 * A comparison that outlives its request: the terminal waits for it, a power cut between two treatments does
 * not change it. `COMPARE_AT_ONCE` makes a small one a job.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiClient, type ApiClient, waitForRun } from '../../scripts/api-client.ts'
import type { components } from '../../src/contracts/api-types.d.ts'
import { type Assay, startAssay } from './harness.ts'

type Comparison = components['schemas']['Comparison']

const ANSWERS = ['Bern', 'Oslo', 'Lima', 'Rome', 'Paris', 'Cairo', 'Quito', 'Tokyo', 'Delhi', 'Accra', 'Dakar', 'Riga']

let assay: Assay
let api: ApiClient
let persistTo: string
let listener: Server
let runs: string[]
/** Answers to the Worker's announcements that a treatment is done; it waits for them. */
const held: ServerResponse[] = []
let reached = 0

const start = async (compareAtOnce: string) => {
  const { port } = listener.address() as AddressInfo
  const bindings = { LEASE_SECONDS: '5', STALL_SECONDS: '6', COMPARE_AT_ONCE: compareAtOnce }
  const failpointUrl = `http://127.0.0.1:${port}`
  const before = assay === undefined ? {} : { key: assay.key }
  assay = await startAssay({ ...before, persistTo, allowLoopback: true, failpointUrl, bindings, scheduleEvery: 1000 })
  api = apiClient(assay.url, assay.key.key)
}

beforeAll(async () => {
  listener = createServer((request, response) => {
    if (!request.url!.includes('between-treatments')) return void response.writeHead(204).end()
    reached++
    held.push(response)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  persistTo = await mkdtemp(join(tmpdir(), 'assay-comparison-'))
  await start('10')
  const openai = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: assay.key.key })
  const evaluation = await openai.evals.create({
    data_source_config: { type: 'custom', item_schema: { type: 'object' }, include_sample_schema: true },
    testing_criteria: [
      { type: 'string_check', name: 'same', operation: 'eq', input: '{{sample.output_text}}', reference: '{{item.answer}}' },
    ],
  })
  runs = []
  for (const wrong of [0, 3, 5]) {
    const content = ANSWERS.map((answer, index) => ({
      item: { answer },
      sample: { output_text: index < wrong ? 'none' : answer },
    }))
    const { id } = await openai.evals.runs.create(evaluation.id, {
      data_source: { type: 'jsonl', source: { type: 'file_content', content } },
    })
    const { status } = await waitForRun(api, { id, eval_id: evaluation.id }, { timeoutMilliseconds: 120_000 })
    expect(status).toBe('completed')
    runs.push(id)
  }
})

afterAll(async () => {
  await assay?.stop()
  listener?.closeAllConnections()
  listener?.close()
  if (persistTo !== undefined) await rm(persistTo, { recursive: true, force: true })
})

const find = (id: string) => api.get<Comparison>(`/v1/comparisons/${id}`)
const resultsOf = ({ baseline, treatments, results }: Comparison) => ({ baseline, treatments, results })

async function release(): Promise<void> {
  await expect.poll(() => held.length).toBe(1)
  held.pop()!.writeHead(204).end()
}

let byTerminal: Comparison

test('the terminal waits for it', async () => {
  const argv = [join(import.meta.dirname, '../../src/cli/main.ts'), 'compare', ...runs, '--json']
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...argv], {
    env: { PATH: process.env['PATH'], ASSAY_URL: assay.url, ASSAY_KEY: assay.key.key },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => (said.stdout += String(text)))
  child.stderr.on('data', (text) => (said.stderr += String(text)))
  const ended = once(child, 'close') as Promise<[number]>
  await expect.poll(() => reached).toBe(1)
  const { data } = await api.get<{ data: Comparison[] }>('/v1/comparisons')
  expect(data).toMatchObject([{ status: 'in_progress', results: [] }])
  expect({ code: child.exitCode, ...said }).toMatchObject({ code: null, stdout: '' })
  await release()
  const [code] = await ended
  expect(code, said.stderr).toBe(0)
  byTerminal = JSON.parse(said.stdout) as Comparison
  expect(byTerminal).toMatchObject({ id: data[0]!.id, status: 'completed', baseline: { run: runs[0] } })
  expect(byTerminal.results.map(({ difference }) => difference)).toEqual([-3 / 12, -5 / 12])
  expect(resultsOf(await find(byTerminal.id))).toEqual(resultsOf(byTerminal))
})

test('a power cut between two treatments changes nothing', async () => {
  const [baseline, ...treatments] = runs
  const asked = await api.post<Comparison>('/v1/comparisons', { baseline, treatments })
  expect(asked.status).toBe('in_progress')
  await expect.poll(() => reached).toBe(2)
  await assay.kill()
  held.length = 0
  await start('10')
  await expect.poll(async () => (await find(asked.id)).status, { timeout: 120_000 }).toBe('completed')
  // The first treatment was saved before the cut, so that nothing came between two treatments again.
  expect(reached).toBe(2)
  expect(resultsOf(await find(asked.id))).toEqual(resultsOf(byTerminal))
})

test('a Worker that compares more at once makes the same in the request', async () => {
  await assay.kill()
  await start('50000')
  const [baseline, ...treatments] = runs
  const made = await api.post<Comparison>('/v1/comparisons', { baseline, treatments })
  expect(made.status).toBe('completed')
  expect(resultsOf(made)).toEqual(resultsOf(byTerminal))
})
