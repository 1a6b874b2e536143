/**
 * Cost of `POST /v1/score` on this machine: the built Worker on workerd against native ONNX Runtime on one
 * thread, with the same inputs, in turns, so that other jobs disturb both alike.
 *
 *     npm run bench -- score [--model assay-clip] [--requests 300]
 *       [--fp32 <directory with vision.fp32.onnx and text.fp32.onnx>]
 *
 * The client times whole requests. The Worker's stages come from its `server-timing` header, which it sends
 * locally only (in production a Worker's clock stands still while it computes). Its clock ticks in whole
 * milliseconds, so means count, over the faster, least disturbed half of the requests.
 * @module
 */
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker } from '../scripts/build.ts'
import { makeKey } from '../scripts/local-key.ts'
import { startLocalServer } from '../scripts/local-server.ts'
import { ROOT } from '../scripts/paths.ts'
import { type Client, createClient, scoreForm, type Timed } from './score/client.ts'
import { ownCpu, workerdCpu } from './score/cpu.ts'
import { benchPicture, numbered } from './score/picture.ts'
import { type Measured, report } from './score/report.ts'
import { towerRuns } from './score/towers.ts'

const SIDE = 256
const TEXT = 'three round things, one of them red'
const WARM_UP = 150
const STARTS = 3

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '300' },
    model: { type: 'string', default: 'assay-clip' },
    fp32: { type: 'string' },
  },
})
const { model } = options
const fp32 = options.fp32 ?? (model === 'assay-clip' ? join(ROOT, '../training-state/export') : undefined)
const requests = Number(options.requests)
if (!Number.isInteger(requests) || requests < 20 || requests > 1000)
  throw new Error('--requests must be a whole number from 20 to 1000')

const key = makeKey()
const picture = benchPicture(SIDE)
/** Distinct bytes: the Worker caches embeddings. */
let pictures = 0
const fresh = () => scoreForm(numbered(picture, pictures++), TEXT, model)
const known = scoreForm(picture, TEXT, model)
const load = loadavg()[0]!
await buildWorker()

async function withServer<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const server = await startLocalServer({ bindings: key.bindings, allowLoopback: true, scheduleEvery: 0 })
  const client = createClient(server.url, key.key)
  try {
    return await use(client)
  } finally {
    client.close()
    await server.stop()
  }
}

/**
 * Requests per key and minute are limited here too: refused ones are repeated later, and only answers are
 * timed.
 */
async function score(client: Client, form = fresh()): Promise<Timed> {
  const answer = await client.post('/v1/score', form.body, form.contentType)
  if (answer.status === 429) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return score(client, form)
  }
  if (answer.status !== 200) throw new Error(`the Worker answered ${answer.status}: ${answer.body}`)
  return answer
}

/** Mean CPU of workerd for one call, in ms. */
async function workerCpu(call: () => Promise<unknown>): Promise<number | undefined> {
  const before = workerdCpu()
  for (let n = 0; n < requests; n++) await call()
  const after = workerdCpu()
  return before === undefined || after === undefined ? undefined : (after - before) / requests
}

const first = { cold: [] as number[], warm: [] as number[] }
for (let start = 0; start < STARTS; start++) {
  first.cold.push(await withServer(async (client) => (await score(client)).milliseconds))
  const afterPage = async (client: Client): Promise<number> => {
    await client.get('/v1/leaderboards')
    // A visitor needs seconds to choose a picture; this request answers once the model is ready.
    while (!/"onnx_runtime_bytes":[1-9]/.test((await client.get('/healthz')).body)) continue
    return (await score(client)).milliseconds
  }
  first.warm.push(await withServer(afterPage))
}

const runs = await towerRuns({ picture, text: TEXT, model, fp32 })
const towers = new Map(Array.from(runs.keys(), (name) => [name, { wall: [] as number[], cpu: [] as number[] }]))
const measured: Measured = await withServer(async (client) => {
  const answers: Timed[] = []
  const hits: Timed[] = []
  const health: number[] = []
  for (let round = -WARM_UP; round < requests; round++) {
    const answer = await score(client)
    const again = await score(client, known)
    const nothing = await client.get('/healthz')
    for (const [name, run] of runs) {
      const [started, cpu] = [performance.now(), ownCpu()]
      await run()
      if (round < 0) continue
      towers.get(name)!.wall.push(performance.now() - started)
      towers.get(name)!.cpu.push(ownCpu() - cpu)
    }
    if (round < 0) continue
    answers.push(answer)
    hits.push(again)
    health.push(nothing.milliseconds)
  }
  const cpu = { score: await workerCpu(() => score(client)), health: await workerCpu(() => client.get('/healthz')) }
  return { answers, hits, health, towers, cpu, first }
})

process.stdout.write(
  `\n${cpus()[0]!.model}, ${cpus().length} cores, load ${load.toFixed(1)} before; Node ${process.versions.node}; ` +
    `${model}, ${requests} requests after ${WARM_UP}, one ${SIDE}-px PNG of ${picture.length} bytes and one text each\n\n${report(measured)}`,
)
