/**
 * One local server a checkout: two of them would share one storage directory.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { LOCK_FILE } from './paths.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'
import { isServed, listenAt } from './server-socket.ts'

export interface RunningServer {
  readonly launcher: ProcessIdentity
  /** Absent while it is starting. */
  readonly url?: string
  /** workerd, which outlives a launcher that is killed alone. */
  readonly runtimes: readonly ProcessIdentity[]
  /** Name of the socket beside the lock at which the launcher listens for as long as it lives. */
  readonly socket?: string
}

/** The server that runs in this checkout, if any. */
export async function runningServer(): Promise<RunningServer | undefined> {
  const recorded = read()
  return recorded && (await lives(recorded)) ? recorded : undefined
}

/** Asks the socket too: in another PID namespace the launcher's number names another process, or none. */
async function lives({ launcher, socket }: RunningServer): Promise<boolean> {
  return isAlive(launcher) || (socket !== undefined && (await isServed(beside(socket))))
}

const beside = (socket: string): string => join(dirname(LOCK_FILE), basename(socket))

export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError'

  constructor(server: RunningServer) {
    const where = isAlive(server.launcher) ? `process ${server.launcher.pid}` : 'a process of another container'
    const already = server.url ? `Assay is running already at ${server.url} (${where})` : `Assay is starting already (${where})`
    super(`${already}; end it first to start it with other options or secrets`)
  }
}

export interface ServerLock {
  /** A workerd of an earlier server was ended for it. The kernel may free its port a moment later. */
  readonly endedRuntime: boolean
  /** Writes down where the server is reached and which processes belong to it. */
  announce(url: string, runtimes: readonly ProcessIdentity[]): void
  release(): void
}

/**
 * Takes the lock. A lock whose launcher is dead is taken over, and a workerd that the launcher left behind
 * is ended, since it still writes to the storage.
 * @throws {AlreadyRunningError}
 */
export async function takeServerLock(say: (message: string) => void): Promise<ServerLock> {
  const launcher = identify(process.pid)
  if (launcher === undefined) throw new Error('cannot read /proc/self: Assay needs Linux')
  mkdirSync(dirname(LOCK_FILE), { recursive: true })
  // A name of its own: a start that is refused must not touch the socket of the server that runs.
  const socket = `server-${randomBytes(6).toString('hex')}.sock`
  // Listens first: a lock that names a socket is then never without one while its launcher lives.
  const sign = await listenAt(beside(socket)).catch(() => undefined)
  const mine: RunningServer = { launcher, runtimes: [], ...(sign ? { socket } : {}) }
  let endedRuntime = false
  for (;;) {
    try {
      writeFileSync(LOCK_FILE, JSON.stringify(mine), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const other = read()
    if (other && (await lives(other))) {
      sign?.close()
      throw new AlreadyRunningError(other)
    }
    say('the last server here did not end by itself; taking over')
    if (other?.socket !== undefined) rmSync(beside(other.socket), { force: true })
    for (const runtime of other?.runtimes ?? []) {
      if (!isAlive(runtime)) continue
      process.kill(runtime.pid, 'SIGKILL')
      endedRuntime = true
      while (isAlive(runtime)) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    rmSync(LOCK_FILE, { force: true })
  }
  return {
    endedRuntime,
    announce(url, runtimes) {
      writeFileSync(`${LOCK_FILE}.tmp`, JSON.stringify({ ...mine, url, runtimes } satisfies RunningServer))
      renameSync(`${LOCK_FILE}.tmp`, LOCK_FILE)
    },
    release() {
      sign?.close()
      const recorded = read()
      // Never the lock of a process of another namespace that has the same number.
      if (recorded?.launcher.started === launcher.started && recorded.launcher.pid === launcher.pid)
        rmSync(LOCK_FILE, { force: true })
    },
  }
}

/** Undefined where there is no lock file or one that was cut off while it was written. */
function read(): RunningServer | undefined {
  try {
    const value = JSON.parse(readFileSync(LOCK_FILE, 'utf8')) as RunningServer
    return typeof value.launcher?.pid === 'number' && Array.isArray(value.runtimes) ? value : undefined
  } catch {
    return undefined
  }
}
