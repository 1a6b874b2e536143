/**
 * Cost of every model on this machine: each tower in the Worker on workerd and in native ONNX Runtime on one
 * thread, in turns, and the memory of the isolate with the shipped models at its worst.
 *
 *     npm run bench -- models [--rounds 60] [folder or address in the transformers.js layout …]
 *
 * The shipped models share one isolate, as in a deployment. An added model gets a server of its own: in the
 * Worker that answers if it fits, otherwise with each tower in its own Worker. The Worker's times are its own
 * stages, in whole milliseconds, so the mean over the faster half counts. The embedding cache is off.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker, MAXIMUM_BYTES } from '../scripts/build.ts'
import { makeKey } from '../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../scripts/local-server.ts'
import { ROOT, TOWER_CONFIG, TOWER_DIST } from '../scripts/paths.ts'
import { freePort } from '../scripts/ports.ts'
import { connect } from '../src/cli/connection.ts'
import { fittingOptions, placementOf, weightsOf } from '../src/cli/models/fit.ts'
import { prepareModel } from '../src/cli/models/prepare.ts'
import { serviceAt } from '../src/cli/models/service.ts'
import { openSource } from '../src/cli/models/source.ts'
import { HELD_BYTES, ISOLATE_BYTES } from '../src/contracts/memory-budget.ts'
import { type ModelManifest, modelManifest } from '../src/contracts/model-manifest.ts'
import { probeHeap } from '../test/support/isolate-heap.ts'
import { worstImages } from '../test/support/worst-images.ts'
import { type Ask, costOfServing, scoreForm, WORST_ORDER } from '../test/support/worst-memory.ts'
import { createAsker, type Measured, measureModel, memoryOf } from './models/measure.ts'
import { nativeTowers } from './models/native-towers.ts'
import { table } from './score/summary.ts'

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '60' } },
  allowPositionals: true,
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 4 || rounds > 1000) throw new Error('--rounds must be a whole number from 4 to 1000')

const key = makeKey()
const load = loadavg()[0]!
await buildWorker()
if (positionals.length > 0) await buildWorker(TOWER_DIST, MAXIMUM_BYTES, TOWER_CONFIG)
// First, since it takes seconds of encoding, during which idle connections would time out.
const images = await worstImages()
const home = await mkdtemp(join(tmpdir(), 'assay-bench-'))
const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function withServer<T>(towers: boolean, use: (server: LocalServer, inspectorPort: number) => Promise<T>): Promise<T> {
  const inspectorPort = await freePort()
  const server = await startLocalServer({
    bindings: { ...key.bindings, EMBEDDING_CACHE: 'off' },
    allowLoopback: true,
    scheduleEvery: 0,
    inspectorPort,
    ...(towers ? { towers: TOWER_DIST } : {}),
  })
  try {
    return await use(server, inspectorPort)
  } finally {
    await server.stop()
  }
}

interface Row extends Measured {
  readonly manifest: ModelManifest
  readonly where: string
  /** ONNX Runtime's memory per isolate afterwards, in bytes. */
  readonly memory: readonly number[]
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
const rows: Row[] = []

const shipped = await withServer(false, async (server) => {
  const ask = createAsker(server.url, key.key)
  const service = serviceAt(await connect({ server: server.url, key: key.key }, { environment: {}, work: home }))
  const models = await service.list()
  for (const { id, manifest: described } of models) {
    const manifest = modelManifest.parse(described)
    const native = await nativeTowers(manifest, join(ROOT, 'models', id))
    const measured = await measureModel(manifest, ask, native, rounds)
    rows.push({ manifest, where: 'shipped', ...measured, memory: [(await memoryOf(ask)).onnx_runtime_bytes] })
  }
  ask.close()
  return models.map(({ id }) => id)
})

/**
 * An isolate's largest memory over the worst pictures, after a start of its own, as in
 * `test/e2e/memory.test.ts`.
 */
const worstBytes = await withServer(false, async (server, inspectorPort) => {
  const probe = await probeHeap(inspectorPort, 'assay')
  const headers = { authorization: `Bearer ${key.key}` }
  const ask: Ask = (path, init) => fetch(new URL(path, server.url), { ...init, headers })
  const asker = createAsker(server.url, key.key)
  for (const id of shipped) await asker.score(id)
  asker.close()
  let most = 0
  for (const index of WORST_ORDER)
    most = Math.max(most, (await costOfServing(ask, probe, () => scoreForm(ask, images[index]!))).sum)
  probe.close()
  return most
})

try {
  for (const given of positionals) {
    const id = basename(given)
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, '-')
    const source = openSource(given, { downloads: join(home, 'downloads'), revision: 'main', say })
    const folder = join(home, id)
    const options = {
      id,
      logitScale: 100,
      logitBias: -10,
      promptPrefix: '',
      folder,
      say,
      licence: 'not needed for a measurement',
    }
    const { manifest } = await prepareModel(source, { ...options, placement: placementOf('none') })
    const fits = fittingOptions(weightsOf(manifest))
    const here = fits.includes('')
    if (!here && !fits.includes('--split both')) {
      say(`${id} fits nowhere; left out`)
      continue
    }
    const placed: ModelManifest = here ? manifest : { ...manifest, placement: placementOf('both') }
    await withServer(true, async (server) => {
      const ask = createAsker(server.url, key.key)
      const connection = await connect({ server: server.url, key: key.key }, { environment: {}, work: home })
      await serviceAt(connection).add(placed, folder, () => undefined)
      const native = await nativeTowers(placed, folder)
      const measured = await measureModel(placed, ask, native, rounds)
      const memory = [(await memoryOf(ask)).onnx_runtime_bytes]
      for (const name of here ? [] : ['vision-tower', 'text-tower']) {
        const answer = await (await server.mf.getWorker(name)).fetch('http://tower/memory')
        memory.push(((await answer.json()) as { onnx_runtime_bytes: number }).onnx_runtime_bytes)
      }
      rows.push({ manifest: placed, where: here ? 'here' : 'two Workers', ...measured, memory })
      ask.close()
    })
  }
} finally {
  await rm(home, { recursive: true, force: true })
}

const ms = (value: number): string => value.toFixed(2)
process.stdout.write(
  `\n${cpus()[0]!.model}, ${cpus().length} cores, load ${load.toFixed(1)} before; Node ${process.versions.node}; ${rounds} rounds\n\n` +
    table([
      ['model', 'runs', 'tower', 'quantization', 'MB', 'Worker ms', 'native ms', 'ratio', 'first request ms', 'ONNX Runtime MB'],
      ...rows.flatMap((row) =>
        (['vision', 'text'] as const).map((half) => {
          const { bytes, external_data: beside = [], quantization } = row.manifest[half]
          const worker = row.worker[half]
          const native = row.native[half]
          return [
            row.manifest.id,
            row.where,
            half,
            quantization,
            mb(beside.reduce((sum, file) => sum + file.bytes, bytes)),
            ms(worker),
            ms(native),
            (worker / native).toFixed(2),
            row.firstRequest.toFixed(0),
            row.memory.map(mb).join(' + '),
          ]
        }),
      ),
    ]) +
    `\n\nall ${shipped.length} shipped models in one isolate, the worst pictures in four requests at once: ${mb(worstBytes)} MB with V8, decoders and ONNX Runtime, ` +
    `${worstBytes < HELD_BYTES.answering ? '✓' : '✗'} within the ${mb(HELD_BYTES.answering)} that memory-budget.ts reserves of ${mb(ISOLATE_BYTES)}\n`,
)
