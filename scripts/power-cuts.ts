/**
 * Power cuts: SIGKILL to Assay's whole process group while a run is going, then a restart on what the disk
 * holds. Whatever the moment, the run must end with the report of an undisturbed one, to the byte.
 * @module
 */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { FailpointName } from '../src/contracts/ports.ts'
import { CounterRandom } from '../src/statistics/counter-random.ts'
import { apiClient, waitForRun, type ApiClient, type Dataset, type Run } from './api-client.ts'
import { importFixture, SCENES } from './fixture-datasets.ts'
import { makeKey } from './local-key.ts'
import { startAssay, type Assay } from './server-process.ts'

export const FAILPOINTS: readonly FailpointName[] = [
  'after-evidence',
  'after-record',
  'before-merge',
  'after-publish',
  'before-webhook',
]

/** Long enough for one shard, short enough that a restart does not wait for what died. */
const VARIABLES = { LEASE_SECONDS: '5', STALL_SECONDS: '6' }
const RUN_TIMEOUT = 480_000
const SHARD_SIZE = 4

export interface PowerCutOptions {
  readonly seed: number
  /** Items of the run; every item of the dataset by default. */
  readonly limit?: number
  /** Items a shard: small, so that there are many moments between two of them. */
  readonly shardSize?: number
  readonly say?: (message: string) => void
}

export interface Cut {
  readonly run: string
  /** The moment asked for: a time after the nth shard was recorded, or a failpoint. */
  readonly at: string
  /** Milliseconds after the run was created. */
  readonly after: number
  /** Shards on disk at the cut, read from the database that the killed process left. */
  readonly recorded: number
  readonly shards: number
  /** Status on disk at the cut. */
  readonly status: string
  /** Milliseconds from the restart to the end of the run. */
  readonly recovery: number
  readonly digest: string | null
  readonly same: boolean
}

/** Some shards were recorded and some were not: the moment that a random cut is meant to find. */
export function isPartial(cut: Pick<Cut, 'recorded' | 'shards' | 'status'>): boolean {
  return cut.status === 'in_progress' && cut.recorded > 0 && cut.recorded < cut.shards
}

export class PowerCuts {
  /** Digest of the undisturbed run's report. */
  readonly digest: string
  /** Milliseconds that it took. */
  readonly duration: number
  readonly shards: number
  readonly #options: PowerCutOptions
  readonly #random: CounterRandom
  readonly #listener: FailpointListener
  readonly #dataset: Dataset
  readonly #evalId: string
  #assay: Assay

  private constructor(
    options: PowerCutOptions,
    listener: FailpointListener,
    assay: Assay,
    dataset: Dataset,
    evalId: string,
    calm: Calm,
  ) {
    this.#options = options
    this.#random = new CounterRandom(options.seed, 'power-cuts')
    this.#listener = listener
    this.#assay = assay
    this.#dataset = dataset
    this.#evalId = evalId
    this.digest = calm.digest
    this.duration = calm.duration
    this.shards = calm.shards
  }

  /** Starts Assay on a storage of its own, imports the scenes and evaluates them once without disturbance. */
  static async prepare(options: PowerCutOptions): Promise<PowerCuts> {
    const listener = await FailpointListener.start()
    const assay = await startAssay({
      key: makeKey(),
      allowLoopback: true,
      failpointUrl: listener.url,
      bindings: VARIABLES,
      scheduleEvery: 1000,
    })
    try {
      const api = apiClient(assay.url, assay.key.key)
      const dataset = await importFixture(api, SCENES)
      const evaluation = await api.post<{ id: string }>('/v1/evals', {
        name: 'power cuts',
        data_source_config: { type: 'dataset', task: 'retrieval' },
        testing_criteria: [
          { type: 'retrieval', name: 'retrieval' },
          { type: 'image_text_similarity', name: 'clipscore', variant: 'clipscore-2.5' },
        ],
      })
      await api.post('/v1/webhook_endpoints', { url: listener.webhookUrl })
      const cold = await undisturbed(api, evaluation.id, dataset, options)
      const calm = await undisturbed(api, evaluation.id, dataset, options)
      if (calm.digest !== cold.digest) throw new Error(`two undisturbed runs differ: ${cold.digest}, ${calm.digest}`)
      options.say?.(`undisturbed: ${calm.shards} shards in ${(calm.duration / 1000).toFixed(1)} s, report ${calm.digest}`)
      return new PowerCuts(options, listener, assay, dataset, evaluation.id, calm)
    } catch (error) {
      await assay.stop()
      await listener.close()
      throw error
    }
  }

  /**
   * A new run, cut at a random moment: a random fraction of a shard's time after a random shard. A moment
   * of the clock alone would miss the middle of the run whenever the machine is busier or idler than it
   * was.
   */
  async cutAtRandomMoment(): Promise<Cut> {
    const shard = 1 + this.#random.below(Math.max(1, this.shards - 1))
    const wait = (this.#random.uniform() * this.duration) / this.shards
    const moment = async (): Promise<void> => {
      await this.#listener.passed('after-record', shard)
      await sleep(wait)
    }
    return this.#cut(`${wait.toFixed(0)} ms after shard ${shard}`, moment)
  }

  /**
   * A new run, cut when the Worker says that it has come to a failpoint: at a random one where a run passes
   * several.
   */
  async cutAtFailpoint(name: FailpointName): Promise<Cut> {
    const once = name !== 'after-evidence' && name !== 'after-record'
    // Never at the last shard: after it there would be nothing left to do.
    const occurrence = once ? 1 : 1 + this.#random.below(Math.max(1, this.shards - 1))
    const cut = await this.#cut(once ? name : `${name} of shard ${occurrence}`, () =>
      this.#listener.passed(name, occurrence, 'stop there'),
    )
    // Nothing of this run may be left to do, or the next one would be cut at it.
    await this.#listener.webhookOf(cut.run)
    return cut
  }

  async close(): Promise<void> {
    await this.#assay.stop()
    await rm(this.#assay.persistTo, { recursive: true, force: true })
    await this.#listener.close()
  }

  async #cut(at: string, moment: () => Promise<void>): Promise<Cut> {
    const started = performance.now()
    const reached = moment()
    const run = await createRun(apiClient(this.#assay.url, this.#assay.key.key), this.#evalId, this.#dataset, this.#options)
    await Promise.race([reached, lateness(at, RUN_TIMEOUT)])
    await this.#assay.kill()
    const after = performance.now() - started
    this.#listener.forget()
    const left = await readShards(this.#assay.persistTo, run.id)

    const restarted = performance.now()
    const { key, persistTo } = this.#assay
    this.#assay = await startAssay({
      key,
      persistTo,
      allowLoopback: true,
      failpointUrl: this.#listener.url,
      bindings: VARIABLES,
      scheduleEvery: 1000,
    })
    const ended = await waitForRun(apiClient(this.#assay.url, key.key), run, { timeoutMilliseconds: RUN_TIMEOUT })
    const recovery = performance.now() - restarted
    const same = ended.status === 'completed' && ended.report_digest === this.digest
    return { run: run.id, at, after, ...left, recovery, digest: ended.report_digest, same }
  }
}

interface Calm {
  readonly digest: string
  readonly duration: number
  readonly shards: number
}

async function undisturbed(api: ApiClient, evalId: string, dataset: Dataset, options: PowerCutOptions): Promise<Calm> {
  const started = performance.now()
  const run = await createRun(api, evalId, dataset, options)
  const ended = await waitForRun(api, run, { timeoutMilliseconds: RUN_TIMEOUT, pollMilliseconds: 100 })
  const duration = performance.now() - started
  if (ended.status !== 'completed' || !ended.report_digest) {
    throw new Error(`the undisturbed run ended ${ended.status}: ${ended.error?.message ?? 'no report'}`)
  }
  const shards = Math.ceil(ended.result_counts.total / (options.shardSize ?? SHARD_SIZE))
  return { digest: ended.report_digest, duration, shards }
}

function createRun(api: ApiClient, evalId: string, dataset: Dataset, options: PowerCutOptions): Promise<Run> {
  return api.post<Run>(`/v1/evals/${evalId}/runs`, {
    name: 'power cut',
    data_source: {
      type: 'dataset',
      dataset: dataset.id,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      subject: { type: 'edge_model', model: 'assay-clip' },
    },
    seed: 0,
    visibility: 'private',
    layout: { shard_size: options.shardSize ?? SHARD_SIZE },
  })
}

/** Reads the database as it lies on disk, from a copy, so that looking changes nothing. */
async function readShards(persistTo: string, runId: string): Promise<{ shards: number; recorded: number; status: string }> {
  const directory = join(persistTo, 'd1', 'miniflare-D1DatabaseObject')
  const copy = await mkdtemp(join(tmpdir(), 'assay-database-'))
  try {
    const files = (await readdir(directory)).filter((name) => !name.startsWith('metadata.') && !name.endsWith('-shm'))
    for (const name of files) await copyFile(join(directory, name), join(copy, name))
    const database = new DatabaseSync(join(copy, files.find((name) => name.endsWith('.sqlite')) ?? ''))
    const row = database
      .prepare(
        `SELECT (SELECT status FROM runs WHERE run_id = ?1) AS status, COUNT(*) AS shards,
                SUM(state IN ('recorded', 'failed')) AS recorded FROM shards WHERE run_id = ?1`,
      )
      .get(runId) as { status: string | null; shards: number; recorded: number | null }
    database.close()
    return { status: row.status ?? 'absent', shards: row.shards, recorded: row.recorded ?? 0 }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

function lateness(what: string, milliseconds: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${what} did not come within ${milliseconds / 1000} s`)), milliseconds).unref()
  })
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}

interface Expectation {
  readonly name: FailpointName
  left: number
  /** Never answered: the Worker waits at the failpoint until it is killed. */
  readonly stopThere: boolean
  readonly reached: () => void
}

/** Hears of every failpoint that the Worker passes, and receives its webhooks. */
class FailpointListener {
  readonly url: string
  readonly webhookUrl: string
  readonly #server: Server
  readonly #webhooks = new Map<string, PromiseWithResolvers<void>>()
  #expected: Expectation | undefined

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo
    this.#server = server
    this.url = `http://127.0.0.1:${port}/failpoint`
    this.webhookUrl = `http://127.0.0.1:${port}/webhook`
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', this.url)
      if (url.pathname === '/webhook') {
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          const run = /evalrun_[A-Za-z0-9-]+/.exec(body)?.[0]
          if (run !== undefined) this.#webhook(run).resolve()
          response.writeHead(204).end()
        })
        return
      }
      const expected = this.#expected
      if (expected && url.searchParams.get('name') === expected.name && (expected.left -= 1) === 0) {
        expected.reached()
        if (expected.stopThere) return
      }
      response.writeHead(204).end()
    })
  }

  static async start(): Promise<FailpointListener> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new FailpointListener(server)
  }

  /** Resolves when the Worker comes to this failpoint for the `occurrence`-th time from now. */
  passed(name: FailpointName, occurrence: number, then: 'go on' | 'stop there' = 'go on'): Promise<void> {
    return new Promise((resolve) => {
      this.#expected = { name, left: occurrence, stopThere: then === 'stop there', reached: resolve }
    })
  }

  forget(): void {
    this.#expected = undefined
  }

  /** @throws {Error} when no webhook tells of the run's end. */
  async webhookOf(run: string): Promise<void> {
    await Promise.race([this.#webhook(run).promise, lateness(`webhook of ${run}`, RUN_TIMEOUT)])
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #webhook(run: string): PromiseWithResolvers<void> {
    const known = this.#webhooks.get(run) ?? Promise.withResolvers<void>()
    this.#webhooks.set(run, known)
    return known
  }
}
