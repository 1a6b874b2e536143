/**
 * `npm start`: Assay on this machine, and its first evaluation through the API that everyone uses.
 *
 *   npm start                   stays up until Ctrl-C
 *   npm start -- --once         ends after the leaderboard; exit status 1 if a run failed
 *   npm start -- --port 9000
 *   npm start -- --no-evaluation
 *   npm start -- --towers       also the Workers that run single towers of large models
 *
 * The first evaluation runs at the first start, again where a shipped model has changed since, and with
 * `--once` or `--evaluate`.
 * @module
 */
import { mkdirSync } from 'node:fs'
import { relative } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { apiClient } from './api-client.ts'
import { BuildError, buildWorker, MAXIMUM_BYTES, mebibytes } from './build.ts'
import { environmentSecrets } from './environment-secrets.ts'
import { evaluateFirst, hasChanged } from './evaluated-models.ts'
import { printLeaderboard } from './first-evaluation.ts'
import { DamagedKeyError, localKey } from './local-key.ts'
import { DamagedDatabaseError, startLocalServer, type LocalServer } from './local-server.ts'
import { LOG_FILE, ROOT, STATE, TOWER_CONFIG, TOWER_DIST, WORK } from './paths.ts'
import { whenParentEnds } from './parent-process.mjs'
import { assertPortFree, PortTakenError } from './ports.ts'
import { childrenNamed, endDescendants } from './process-identity.ts'
import { openServerLog, type ServerLog } from './server-log.ts'
import { AlreadyRunningError, takeServerLock, type ServerLock } from './server-lock.ts'

const DEFAULT_PORT = 8787

let server: LocalServer | undefined
let lock: ServerLock | undefined
let ending: Promise<never> | undefined
let log: ServerLog | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A terminal's Ctrl-C reaches this process twice, the second time passed on by the bootstrap.
  process.on(signal, () => void end(signal === 'SIGINT' ? 130 : 143))
}
process.on('exit', () => lock?.release())
if (Number(process.env['ASSAY_BOOTSTRAP']) === process.ppid) whenParentEnds(() => void end(143))

const { port, once, evaluation, towers } = readArguments()
try {
  lock = await takeServerLock(say)
  mkdirSync(WORK, { recursive: true })
  log = openServerLog(LOG_FILE, say)
  const key = localKey()

  const started = performance.now()
  // Before the work, not after it.
  if (port !== 0) await requirePort(port, lock.endedRuntime ? 5000 : 0)
  const build = await buildWorker()
  if (towers) await buildWorker(TOWER_DIST, MAXIMUM_BYTES, TOWER_CONFIG)
  say(`${build.isNew ? 'built the Worker' : 'the Worker is built'}: ${mebibytes(build.bytes)} (${seconds(started)})`)

  server = await startLocalServer({
    port,
    persistTo: STATE,
    allowLoopback: true,
    bindings: { ...environmentSecrets(process.env), ...key.bindings },
    log: keepLog,
    ...(towers ? { towers: TOWER_DIST } : {}),
  })
  lock.announce(server.url, childrenNamed('workerd'))
  const { url } = server
  const api = apiClient(url, key.key)
  say(`${url} is up (${seconds(started)}); its log is ${relative(ROOT, LOG_FILE)}`)

  let failed: readonly string[] = []
  if (evaluation === 'always' || (evaluation === 'changed' && (await hasChanged(api, say))))
    failed = await evaluateFirst(api, say)
  if (evaluation !== 'never') await printLeaderboard(api)
  if (failed.length > 0) say(`${failed.length} of the first runs failed:\n${failed.map((each) => `  ${each}`).join('\n')}`)
  if (once) await end(failed.length > 0 ? 1 : 0)

  process.stdout.write(
    `\nAssay is at ${url}\nAPI key: ${key.key}\n\n  curl -H "Authorization: Bearer ${key.key}" ${url}/v1/leaderboards\n\nCtrl-C ends it.\n`,
  )
} catch (error) {
  report(error)
  await end(1)
}

function report(error: unknown): void {
  // A step that the end has cut off.
  if (ending !== undefined) return
  if (error instanceof PortTakenError) say(`${error.message}; choose another: npm start -- --port ${error.port + 1}`)
  else if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    say(`the disk of ${relative(process.cwd(), WORK) || WORK} is full: make room (a start needs about 100 MB) and start again`)
  else if ([AlreadyRunningError, BuildError, DamagedDatabaseError, DamagedKeyError].some((known) => error instanceof known))
    say((error as Error).message)
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error))
}

/** @throws {PortTakenError} when the port is still taken after `patience` milliseconds */
async function requirePort(port: number, patience: number): Promise<void> {
  for (const deadline = performance.now() + patience; ;) {
    try {
      await assertPortFree(port)
      return
    } catch (error) {
      if (!(error instanceof PortTakenError) || performance.now() >= deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/**
 * Ends the server, everything else that was started, and then this process: the prompt returns to a machine
 * without a process of Assay. The first caller's status counts.
 */
function end(status: number): Promise<never> {
  ending ??= (async () => {
    // workerd holds no state that a kill could hurt, so a stop that hangs is cut off.
    await Promise.race([server?.stop().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5000))])
    await endDescendants()
    process.exit(status)
  })()
  return ending
}

interface Arguments {
  readonly port: number
  readonly once: boolean
  readonly evaluation: 'always' | 'changed' | 'never'
  readonly towers: boolean
}

function readArguments(): Arguments {
  try {
    const flag = { type: 'boolean', default: false } as const
    const { values } = parseArgs({
      options: { port: { type: 'string' }, once: flag, evaluate: flag, 'no-evaluation': flag, towers: flag },
    })
    // A server that ends by itself need not be found.
    const given = values.port ?? (values.once ? '0' : String(DEFAULT_PORT))
    const port = Number(given)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port takes 0 to 65535, not ${given}`)
    if (values['no-evaluation'] && (values.once || values.evaluate))
      throw new Error('--no-evaluation leaves nothing to do for --once and --evaluate')
    const evaluation = values['no-evaluation'] ? 'never' : values.once || values.evaluate ? 'always' : 'changed'
    return { port, once: values.once, evaluation, towers: values.towers }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exit(2)
  }
}

function keepLog(level: string, message: string): void {
  log?.write(level, message)
  if (level === 'error') say(message)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

function say(message: string): void {
  process.stderr.write(`assay: ${message}\n`)
}
