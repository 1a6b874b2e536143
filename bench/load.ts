/**
 * `npm run bench -- load`: clients at once, half of them polling runs, half scoring pictures. See
 * `bench/load/usage.txt`.
 * @module
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { apiClient, type ApiClient, waitForRun } from '../scripts/api-client.ts'
import { buildWorker } from '../scripts/build.ts'
import { importFixture, SCENES } from '../scripts/fixture-datasets.ts'
import { ROOT } from '../scripts/paths.ts'
import { startAssay } from '../scripts/server-process.ts'
import { freePort } from '../scripts/ports.ts'
import type { RunObject } from '../src/http/routes/runs/schema.ts'
import { type HeapProbe, probeHeap } from '../test/support/isolate-heap.ts'
import { type Errand, load } from './load/clients.ts'
import { type Moment, summarize, tableOf } from './load/summary.ts'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
})
const [clients, seconds] = [Number(values.clients), Number(values.seconds)]
if (!(Number.isInteger(clients) && clients > 1 && seconds >= 3))
  throw new Error('--clients takes a number above 1, --seconds one of at least 3')

const SAMPLES = join(ROOT, 'public', 'samples')
/** Share of scores whose picture the server has not seen. */
const NEW_PICTURES = 0.1

await buildWorker()
const inspectorPort = await freePort()
const assay = await startAssay({ inspectorPort })
const probe = await probeHeap(inspectorPort, 'assay')
try {
  const api = apiClient(assay.url, assay.key.key)
  const run = await evaluated(api)
  const keys = await Promise.all(
    Array.from(
      { length: clients },
      async (_, client) => (await api.post<{ key: string }>('/v1/keys', { name: `client ${client}`, role: 'member' })).key,
    ),
  )
  const watch = watched(api, probe)
  const samples = await load({ url: assay.url, keys, seconds, errandOf: errands(run) })
  const summary = summarize(clients, seconds, samples, await watch.end())
  process.stdout.write(`${values.json ? JSON.stringify(summary, null, 2) : tableOf(summary)}\n`)
  process.exitCode = summary.passed ? 0 : 1
} finally {
  probe.close()
  await assay.stop()
}

/** A run to poll, with output items. */
async function evaluated(api: ApiClient): Promise<RunObject> {
  const dataset = await importFixture(api, SCENES)
  const { id } = await api.post<{ id: string }>('/v1/evals', {
    data_source_config: { type: 'dataset', task: 'retrieval' },
    testing_criteria: [{ type: 'retrieval', name: 'retrieval' }],
  })
  const subject = { type: 'edge_model', model: 'assay-clip' }
  const run = await api.post<RunObject>(`/v1/evals/${id}/runs`, {
    data_source: { type: 'dataset', dataset: dataset.id, subject },
  })
  await waitForRun(api, run, { timeoutMilliseconds: 300_000 })
  return run
}

/** Even clients poll, odd ones score. */
function errands({ id, eval_id: evalId }: RunObject): (client: number, draw: () => number) => Errand {
  const path = `/v1/evals/${evalId}/runs/${id}`
  const polls: readonly Errand[] = [
    { kind: 'GET run', method: 'GET', path },
    { kind: 'GET runs', method: 'GET', path: `/v1/evals/${evalId}/runs` },
    { kind: 'GET output items', method: 'GET', path: `${path}/output_items?limit=20` },
  ]
  const pictures = readdirSync(SAMPLES).map((name) => readFileSync(join(SAMPLES, name)))
  const jpegs = pictures.filter((bytes) => bytes[0] === 0xff)
  let made = 0
  return (client, draw) => {
    const pick = <T>(of: readonly T[]): T => of[Math.floor(draw() * of.length)]!
    if (client % 2 === 0) return pick(polls)
    const isNew = draw() < NEW_PICTURES
    const bytes = isNew ? numbered(pick(jpegs), made++) : pick(pictures)
    return { kind: isNew ? 'score, new picture' : 'score, seen picture', method: 'POST', path: '/v1/score', body: scoreOf(bytes) }
  }
}

function scoreOf(bytes: Uint8Array): NonNullable<Errand['body']> {
  const body = {
    model: 'assay-clip',
    texts: ['a sailboat', 'a penguin'],
    image: `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`,
  }
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' }
}

/** The same JPEG with a comment that makes its hash another. */
function numbered(jpeg: Buffer, number: number): Buffer {
  const text = createHash('sha256').update(String(number)).digest()
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, 2 + text.length]), text, jpeg.subarray(2)])
}

/** Reads the isolate's memory once a second. */
function watched(api: ApiClient, heap: HeapProbe): { end(): Promise<readonly Moment[]> } {
  const moments: Moment[] = []
  const begun = performance.now()
  const state = { running: true }
  const reading = (async () => {
    while (state.running) {
      const at = (performance.now() - begun) / 1000
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = await heap.usage()
      const { memory } = await api.get<{ memory: { onnx_runtime_bytes: number } }>('/healthz')
      moments.push({ at, bytes: usedSize + embedderHeapUsedSize + backingStorageSize + memory.onnx_runtime_bytes })
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  })()
  return {
    async end() {
      state.running = false
      await reading
      return moments
    },
  }
}
