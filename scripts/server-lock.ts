/**
 * One local server a checkout: two of them would share one storage directory.
 * @module
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { LOCK_FILE } from './paths.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

export interface RunningServer {
  readonly launcher: ProcessIdentity
  /** Absent while it is starting. */
  readonly url?: string
  /** workerd, which outlives a launcher that is killed alone. */
  readonly runtimes: readonly ProcessIdentity[]
}

/** The server that runs in this checkout, if any. */
export function runningServer(): RunningServer | undefined {
  const recorded = read()
  return recorded && isAlive(recorded.launcher) ? recorded : undefined
}

export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError'

  constructor(server: RunningServer) {
    const where = `process ${server.launcher.pid}`
    super(server.url ? `Assay is running already at ${server.url} (${where})` : `Assay is starting already (${where})`)
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
 * Takes the lock. A lock whose launcher is dead is taken over, and a workerd that it left behind is ended, since it still
 * writes to the storage.
 * @throws {AlreadyRunningError}
 */
export async function takeServerLock(say: (message: string) => void): Promise<ServerLock> {
  const launcher = identify(process.pid)
  if (launcher === undefined) throw new Error('cannot read /proc/self: Assay needs Linux')
  mkdirSync(dirname(LOCK_FILE), { recursive: true })
  const mine: RunningServer = { launcher, runtimes: [] }
  let endedRuntime = false
  for (;;) {
    try {
      writeFileSync(LOCK_FILE, JSON.stringify(mine), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const other = read()
    if (other && isAlive(other.launcher)) throw new AlreadyRunningError(other)
    say('the last server here did not end by itself; taking over')
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
      writeFileSync(`${LOCK_FILE}.tmp`, JSON.stringify({ launcher, url, runtimes } satisfies RunningServer))
      renameSync(`${LOCK_FILE}.tmp`, LOCK_FILE)
    },
    release() {
      if (read()?.launcher.pid === process.pid) rmSync(LOCK_FILE, { force: true })
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
