/**
 * Runs the built Worker on workerd through Miniflare, with the bindings of `wrangler.toml`.
 *
 * Differs from `wrangler dev` where Assay needs it to: outgoing requests reach public addresses only,
 * whatever a name resolves to; the schedule fires; migrations are applied; storage lies where the caller
 * says.
 * @module
 */
import { readdir, readFile, statfs } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import process from 'node:process'
import type {
  LogLevel,
  Miniflare,
  Response,
  V4MiniflareOptions,
  V4ModuleDefinition,
  V4WorkerOptions,
  V4WorkerOptionsShape,
} from 'miniflare'
import { BUILD_RECORD } from './build.ts'
import { miniflare, wrangler } from './cloudflare-tools.ts'
import { applyMigrations, migrationWorker } from './local-migrations.ts'
import { DIST, TOWER_CONFIG, WRANGLER_CONFIG } from './paths.ts'
import { assertPortFree, freePort } from './ports.ts'

/**
 * Leases and stalls of a machine where one process dies at a time: far shorter than in production, so a
 * restart is not waited for. A queue of Miniflare hands out one message at a time.
 * @internal
 */
export const LOCAL_VARIABLES = { LEASE_SECONDS: '15', STALL_SECONDS: '20', EDGE_CONSUMERS: '1', ENDPOINT_CONSUMERS: '1' } as const

/**
 * The Worker that every outgoing request of Assay passes on this machine. workerd filters the address it
 * connects to, after the name was resolved, so a name that resolves to a private address (at once or on a
 * later look-up: DNS rebinding) gets no further than the address itself. `connect()` has no handler here,
 * so raw sockets do not leave at all.
 * @internal
 */
export function egressWorker(allow: readonly string[] = ['public']) {
  return {
    name: 'egress',
    compatibilityDate: '2026-11-17',
    modules: [
      {
        type: 'ESModule',
        path: 'egress.js',
        contents: 'export default { fetch(request, env) { return env.PUBLIC.fetch(request) } }',
      },
    ],
    serviceBindings: { PUBLIC: { network: { allow: [...allow], tlsOptions: { trustBrowserCas: true } } } },
  } satisfies V4WorkerOptions
}

/**
 * How a Worker reaches the network on this machine; goes together with {@link egressWorker} beside it.
 * @internal
 */
export function networkOptions(
  allowLoopback: boolean,
): Required<Pick<V4WorkerOptionsShape, 'outboundService' | 'serviceBindings'>> {
  return {
    outboundService: 'egress',
    serviceBindings: allowLoopback ? { LOOPBACK: { network: { allow: ['127.0.0.0/8', '::1/128'] } } } : {},
  }
}

/**
 * The rate limits of `wrangler.toml` as a Worker with an entrypoint each. Miniflare's own writes every
 * count to a database on disk and holds the answer until it is there: milliseconds a request that no
 * production limiter takes, since those count in memory, too.
 */
function limiterWorker(limits: NonNullable<V4WorkerOptionsShape['ratelimits']>, instead?: number): V4WorkerOptions {
  const entrypoints = Object.entries(limits).map(
    ([name, { simple }]) => `export const ${name} = limiter(${instead ?? simple.limit}, ${simple.period ?? 60})`,
  )
  return {
    name: 'limiter',
    compatibilityDate: '2026-11-17',
    modules: [{ type: 'ESModule', path: 'limiter.js', contents: [LIMITER, ...entrypoints].join('\n') }],
  }
}

/** Windows begin at multiples of the period, as Miniflare's do; counts are lost with the process. */
const LIMITER = `
import { WorkerEntrypoint } from 'cloudflare:workers'

function limiter(limit, period) {
  let window = 0
  let counts = new Map()
  return class extends WorkerEntrypoint {
    limit({ key }) {
      const now = Math.floor(Date.now() / 1000 / period)
      if (now !== window) [window, counts] = [now, new Map()]
      const count = counts.get(key) ?? 0
      if (count < limit) counts.set(key, count + 1)
      return { success: count < limit }
    }
  }
}

export default { fetch: () => new Response(null, { status: 404 }) }
`

export interface LocalServerOptions {
  /** 0 takes a free port. */
  readonly port?: number
  /** Directory for D1, KV and R2; absent: kept for this process only. */
  readonly persistTo?: string
  /** Directory with the built Worker. */
  readonly worker?: string
  /** Directory with the built tower Worker: starts two of them, bound as `VISION_TOWER` and `TEXT_TOWER`. */
  readonly towers?: string
  /** Variables over those of `wrangler.toml` and {@link LOCAL_VARIABLES}. */
  readonly bindings?: Readonly<Record<string, string>>
  /** Adds the `LOOPBACK` binding, a fetcher that reaches this machine. Development only. */
  readonly allowLoopback?: boolean
  /** A listener told about each failpoint, see `scripts/chaos.ts`. Needs `allowLoopback`. */
  readonly failpointUrl?: string
  /** Milliseconds between calls of the scheduled handler; 0: only at start and by `dispatchScheduled`. */
  readonly scheduleEvery?: number
  /** Takes the Worker's console and the runtime's complaints; by default warnings and errors go to stderr. */
  readonly log?: (level: string, message: string) => void
  readonly inspectorPort?: number
  /** Requests a minute that every limit allows, for testers; default: as in `wrangler.toml`. */
  readonly requestsPerMinute?: number
}

export interface LocalServer {
  readonly url: string
  readonly mf: Miniflare
  /** Runs the scheduled handler to its end. @throws {Error} when it failed */
  dispatchScheduled(): Promise<void>
  stop(): Promise<void>
}

/**
 * @throws {PortTakenError} when something listens there already
 */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  // Chosen before the Worker starts, so that it knows its own address and never calls itself.
  const port = options.port || (await freePort())
  await assertPortFree(port)
  if (options.failpointUrl && !options.allowLoopback) throw new Error('failpointUrl needs allowLoopback')
  const log = options.log ?? defaultLog

  const directory = options.worker ?? DIST
  const {
    modulesRules: _,
    ratelimits = {},
    ...declared
  } = wrangler.unstable_getMiniflareWorkerOptions(WRANGLER_CONFIG).workerOptions as V4WorkerOptionsShape
  const limiters = Object.fromEntries(Object.keys(ratelimits).map((name) => [name, { name: 'limiter', entrypoint: name }]))
  const network = networkOptions(options.allowLoopback ?? false)
  const restoreServers = patientServers()
  const keepSignals = ownSignals()
  const mf = new miniflare.Miniflare(
    miniflare.convertV4MiniflareOptions({
      host: '127.0.0.1',
      port,
      ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
      // Otherwise Miniflare asks a server of Cloudflare's where this machine is.
      cf: false,
      log: new Complaints(log),
      handleStructuredLogs: ({ level, message }: { level: string; message: string }) => log(level, message),
      logRequests: false,
      telemetry: { enabled: false },
      ...(options.persistTo === undefined ? {} : { resourcePersistencePath: options.persistTo }),
      workers: [
        {
          ...declared,
          name: 'assay',
          modules: await modulesOf(directory),
          modulesRoot: directory,
          bindings: {
            ...declared.bindings,
            ...LOCAL_VARIABLES,
            OWN_HOSTS: `localhost:${port},127.0.0.1:${port}`,
            PUBLIC_URL: `http://127.0.0.1:${port}`,
            ...(options.failpointUrl === undefined ? {} : { FAILPOINT_URL: options.failpointUrl }),
            ...options.bindings,
          },
          outboundService: network.outboundService,
          serviceBindings: {
            ...declared.serviceBindings,
            ...network.serviceBindings,
            ...limiters,
            ...(options.towers === undefined ? {} : TOWERS),
            ...(options.persistTo === undefined ? {} : { DISK_ROOM: diskRoom(options.persistTo) }),
          },
        },
        ...(options.towers === undefined ? [] : await towerWorkers(options.towers)),
        egressWorker(),
        limiterWorker(ratelimits, options.requestsPerMinute),
        migrationWorker(declared.d1Databases),
      ],
    } satisfies V4MiniflareOptions),
  )
  keepSignals()

  try {
    const url = (await mf.ready).href.replace(/\/$/, '')
    restoreServers()
    await applyMigrations(mf).catch((error: unknown) => {
      throw describeDatabaseError(error, options.persistTo)
    })
    const dispatchScheduled = async (): Promise<void> => {
      const worker = await mf.getWorker()
      const { outcome } = await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
      if (outcome !== 'ok') throw new Error(`the scheduled handler ended with ${outcome}`)
    }
    const stopSchedule = repeat(dispatchScheduled, options.scheduleEvery ?? 3000, (error) =>
      log('error', `schedule: ${String(error)}`),
    )
    let stopping: Promise<void> | undefined
    // Miniflare first: a Ctrl-C ends workerd too, and until told Miniflare would start another.
    const stop = (): Promise<void> => (stopping ??= Promise.all([mf.dispose(), stopSchedule()]).then(() => {}))
    return { url, mf, dispatchScheduled, stop }
  } catch (error) {
    restoreServers()
    await mf.dispose()
    throw error
  }
}

/**
 * Servers made until the returned function is called wait for a request for as long as it takes.
 *
 * A queue's broker in Miniflare tells this process about each batch, by HTTP, and waits for the answer
 * before it takes the next. While workerd computes it sends nothing, and Node closes a connection whose
 * headers are not there within a minute: the broker's call fails, and its queue hands out no message ever
 * after (docs/decisions/2026-11-29-stuck-queues.md).
 */
function patientServers(): () => void {
  const create = http.createServer
  http.createServer = ((...given: Parameters<typeof create>) => {
    const server = create(...given)
    server.headersTimeout = 0
    server.requestTimeout = 0
    return server
  }) as typeof create
  return () => {
    http.createServer = create
  }
}

/**
 * Miniflare's own listeners end this process at once, while workerd still dies. The returned function takes
 * them off again for every signal that this process already handles, which then ends in its own order.
 */
function ownSignals(): () => void {
  const handled = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({ signal, before: process.listeners(signal) }))
  return () => {
    for (const { signal, before } of handled.filter((each) => each.before.length > 0)) {
      for (const listener of process.listeners(signal)) if (!before.includes(listener)) process.off(signal, listener)
    }
  }
}

/** Answers with the bytes that are free in a folder's file system. */
function diskRoom(folder: string): () => Promise<Response> {
  return async () => {
    const { bavail, bsize } = await statfs(folder)
    return new miniflare.Response(String(bavail * bsize))
  }
}

/** Bindings of the Worker that answers, and the Workers they lead to. */
const TOWERS = { VISION_TOWER: 'vision-tower', TEXT_TOWER: 'text-tower' } as const

/** They share the bucket of the Worker that answers. */
async function towerWorkers(directory: string): Promise<V4WorkerOptions[]> {
  const { modulesRules: _, ...declared } = wrangler.unstable_getMiniflareWorkerOptions(TOWER_CONFIG)
    .workerOptions as V4WorkerOptionsShape
  const modules = await modulesOf(directory, 'tower.js')
  return Object.values(TOWERS).map((name) => ({ ...declared, name, modules, modulesRoot: directory, outboundService: 'egress' }))
}

/** Every module of the build in memory, so that a later build cannot change a running server. */
async function modulesOf(directory: string, entryName = 'index.js'): Promise<V4ModuleDefinition[]> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = files
    .filter((file) => file.isFile() && !['README.md', BUILD_RECORD].includes(file.name) && !file.name.endsWith('.map'))
    .map((file) => join(file.parentPath, file.name))
  const entry = join(directory, entryName)
  if (!paths.includes(entry)) throw new Error(`no built Worker at ${directory}: run scripts/build.ts`)
  // The first module is the entry.
  const ordered = [entry, ...paths.filter((path) => path !== entry).toSorted()]
  return Promise.all(
    ordered.map(async (path) => {
      const bytes = await readFile(path)
      if (/\.m?js$/.test(path)) return { type: 'ESModule', path, contents: bytes.toString() }
      if (/\.(txt|html|sql)$/.test(path)) return { type: 'Text', path, contents: bytes.toString() }
      return { type: path.endsWith('.wasm') ? 'CompiledWasm' : 'Data', path, contents: new Uint8Array(bytes) }
    }),
  )
}

/** The database cannot be read. The message says where it lies and what to do. */
export class DamagedDatabaseError extends Error {
  override readonly name = 'DamagedDatabaseError'
}

/** The message of workerd about a damaged database is a reference into its own log. */
function describeDatabaseError(error: unknown, persistTo: string | undefined): unknown {
  const message = error instanceof Error ? error.message : String(error)
  if (persistTo === undefined || !/internal error|malformed|not a database/i.test(message)) return error
  const advice = 'it is damaged, or the disk is full; put back a copy, or begin anew with npm run reset'
  return new DamagedDatabaseError(`the database in ${persistTo} cannot be read: ${advice} (${message})`, { cause: error })
}

/**
 * Calls `action` now and then again `every` milliseconds after it ended: ticks never overlap. Returns what
 * stops it.
 */
function repeat(action: () => Promise<void>, every: number, failed: (error: unknown) => void): () => Promise<void> {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const tick = async (): Promise<void> => {
    await action().catch((error: unknown) => {
      if (!stopped) failed(error)
    })
    if (!stopped && every > 0) timer = setTimeout(() => void (running = tick()), every)
  }
  let running = tick()
  return async () => {
    stopped = true
    clearTimeout(timer)
    // A tick that hangs must not keep the server from stopping.
    await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 1000))])
  }
}

function defaultLog(level: string, message: string): void {
  if (level === 'error' || level === 'warn') process.stderr.write(`${level}: ${message}\n`)
}

/** Miniflare's own messages, without its banner and colours. */
class Complaints extends miniflare.Log {
  readonly #log: (level: string, message: string) => void

  constructor(log: (level: string, message: string) => void) {
    super(miniflare.LogLevel.WARN)
    this.#log = log
  }

  override logWithLevel(level: LogLevel, message: string): void {
    if (level === miniflare.LogLevel.NONE || level > miniflare.LogLevel.WARN) return
    this.#log(level === miniflare.LogLevel.ERROR ? 'error' : 'warn', message)
  }
}
