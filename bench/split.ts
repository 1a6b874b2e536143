/**
 * Split inference: a dual encoder as two Workers behind service bindings. Memory where each half fits and the
 * whole does not, and the latency that the calls add.
 *
 *     npm run bench -- split [--rounds 60]
 *
 * `small` has towers of 0.2 MB and fits anywhere, so it runs whole and split in turns, and the difference is
 * the cost of the calls. `large` has weights drawn here: each half fits into a Worker, the whole into none.
 * Every request has a new picture and a new text.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker, MAXIMUM_BYTES } from '../scripts/build.ts'
import { makeKey } from '../scripts/local-key.ts'
import { startLocalServer } from '../scripts/local-server.ts'
import { TOWER_CONFIG, TOWER_DIST } from '../scripts/paths.ts'
import { connect } from '../src/cli/connection.ts'
import { demandAt, placementOf, type Split, weightsOf } from '../src/cli/models/fit.ts'
import { prepareModel } from '../src/cli/models/prepare.ts'
import { serviceAt } from '../src/cli/models/service.ts'
import { openSource } from '../src/cli/models/source.ts'
import { ISOLATE_BYTES, MODEL_BUDGET, overBudget } from '../src/contracts/memory-budget.ts'
import type { ModelManifest } from '../src/contracts/model-manifest.ts'
import { BROUGHT } from '../test/support/brought-model.ts'
import { samplePng } from '../test/support/png.ts'
import { writeSplitModel } from '../test/support/split-model.ts'
import { createClient } from './score/client.ts'
import { workerdCpu } from './score/cpu.ts'
import { median, quantile, table } from './score/summary.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 4 || rounds > 1000) throw new Error('--rounds must be a whole number from 4 to 1000')

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
const key = makeKey()
await buildWorker()
await buildWorker(TOWER_DIST, MAXIMUM_BYTES, TOWER_CONFIG)
const home = await mkdtemp(join(tmpdir(), 'assay-split-'))
await writeSplitModel(join(home, 'large'))
const server = await startLocalServer({
  bindings: { ...key.bindings, EMBEDDING_CACHE: 'off' },
  allowLoopback: true,
  scheduleEvery: 0,
  towers: TOWER_DIST,
})
const client = createClient(server.url, key.key)

async function add(id: string, from: string, split: Split): Promise<ModelManifest> {
  const source = openSource(from, { downloads: join(home, 'downloads'), revision: 'main', say })
  const folder = join(home, 'prepared', id)
  const options = { id, logitScale: 100, logitBias: -10, promptPrefix: '', folder, say, licence: 'not needed for a measurement' }
  const { manifest } = await prepareModel(source, { ...options, placement: placementOf(split) })
  const connection = await connect({ server: server.url, key: key.key }, { environment: {}, work: home })
  await serviceAt(connection).add(manifest, folder, () => undefined)
  return manifest
}

let asked = 0

/** Milliseconds of one request, by the client, and of workerd's CPU. */
async function ask(model: string): Promise<{ readonly wall: number; readonly cpu: number }> {
  asked++
  const image = `data:image/png;base64,${Buffer.from(samplePng(asked, 256, 256)).toString('base64')}`
  const body = new TextEncoder().encode(JSON.stringify({ model, image, texts: [`a dog, number ${asked}`], variant: 'cosine' }))
  const before = workerdCpu() ?? 0
  const answer = await client.post('/v1/score', body, 'application/json')
  if (answer.status !== 200) throw new Error(`${model}: ${answer.status}: ${answer.body}`)
  return { wall: answer.milliseconds, cpu: (workerdCpu() ?? 0) - before }
}

async function heldBy(name: string): Promise<number> {
  const answer = await (await server.mf.getWorker(name)).fetch('http://tower/memory')
  return ((await answer.json()) as { onnx_runtime_bytes: number }).onnx_runtime_bytes
}

async function answering(): Promise<number> {
  const { memory } = JSON.parse((await client.get('/healthz')).body) as { memory: { onnx_runtime_bytes: number } }
  return memory.onnx_runtime_bytes
}

try {
  await add('small-whole', join(BROUGHT, 'clip-tiny'), 'none')
  await add('small-split', join(BROUGHT, 'clip-tiny'), 'both')
  const times = { 'small-whole': [] as number[], 'small-split': [] as number[] }
  const cpu = { 'small-whole': 0, 'small-split': 0 }
  const names = ['small-whole', 'small-split'] as const
  for (let round = -5; round < rounds; round++) {
    for (const name of names) {
      const one = await ask(name)
      if (round < 0) continue
      times[name].push(one.wall)
      cpu[name] += one.cpu / rounds
    }
  }
  const before = await answering()
  const large = await add('large', join(home, 'large'), 'both')
  const first = (await ask('large')).wall
  const later: number[] = []
  for (let round = 0; round < Math.min(rounds, 10); round++) later.push((await ask('large')).wall)
  const row = (name: string, wall: readonly number[], more: string): string[] => [
    name,
    median(wall).toFixed(1),
    quantile(wall, 0.9).toFixed(1),
    more,
  ]
  process.stdout.write(
    `${table([
      ['model', 'median ms', '90 % ms', 'CPU ms of all Workers'],
      ...names.map((name) => row(name, times[name], cpu[name].toFixed(1))),
      row('large, split', later, '–'),
    ])}\n\n` +
      `Added by two calls: ${(median(times['small-split']) - median(times['small-whole'])).toFixed(1)} ms of wall time, ` +
      `${(cpu['small-split'] - cpu['small-whole']).toFixed(1)} ms of CPU, the median and the mean of ${rounds} requests. ` +
      `First request of the large model: ${first.toFixed(0)} ms.\n\n` +
      `${table([
        ['Worker', 'ONNX Runtime MB', 'budget for models MB', `isolate MB`],
        ['answers', `${mb(before)} before, ${mb(await answering())} after`, mb(MODEL_BUDGET.answering), mb(ISOLATE_BYTES)],
        ['vision tower', mb(await heldBy('vision-tower')), mb(MODEL_BUDGET.tower), mb(ISOLATE_BYTES)],
        ['text tower', mb(await heldBy('text-tower')), mb(MODEL_BUDGET.tower), mb(ISOLATE_BYTES)],
      ])}\n\n` +
      `The large model whole: ${overBudget(demandAt(weightsOf(large), 'none')).join('; ')}.\n`,
  )
} finally {
  client.close()
  await server.stop()
  await rm(home, { recursive: true, force: true })
}
