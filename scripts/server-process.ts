/**
 * The built Worker over real HTTP, in a process group of its own, so that it can be killed as a power cut
 * would.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { makeKey, type LocalKey } from './local-key.ts'
import type { LocalServerOptions } from './local-server.ts'
import { endGroup } from './process-identity.ts'
import type { ServeMessage } from './serve.ts'

export interface AssayOptions extends Omit<LocalServerOptions, 'log'> {
  /** Reuse the key of an earlier start, on the same `persistTo`. */
  readonly key?: LocalKey
  /** Pass the server's own output on to this process's stderr (default: only when it fails to start). */
  readonly verbose?: boolean
}

export interface Assay {
  readonly url: string
  readonly key: LocalKey
  readonly persistTo: string
  /** Everything that the server process has written so far. */
  readonly output: () => string
  /** Fetches a path with the key; an `authorization` header of the caller's own wins. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** Ends the server in order, and removes its storage unless the caller named the directory. */
  stop(): Promise<void>
  /** SIGKILL to the whole group: launcher and workerd die at once. The storage stays. */
  kill(): Promise<void>
}

const SERVE = fileURLToPath(new URL('serve.ts', import.meta.url))

/**
 * Starts the Worker that `scripts/build.ts` built last, on a free port with storage of its own.
 * @throws {Error} with the server's output when it does not come up
 */
export async function startAssay(options: AssayOptions = {}): Promise<Assay> {
  const { key = makeKey(), verbose = false, ...server } = options
  const ownDirectory = server.persistTo === undefined
  const persistTo = server.persistTo ?? (await mkdtemp(join(tmpdir(), 'assay-')))
  const given: LocalServerOptions = { ...server, persistTo, bindings: { ...key.bindings, ...server.bindings } }

  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVE, JSON.stringify(given)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (verbose) process.stderr.write(chunk)
    })
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await firstMessage(child, () => output).catch(async (error: unknown) => {
    if (child.pid !== undefined) await endGroup(child.pid)
    if (ownDirectory) await rm(persistTo, { recursive: true, force: true })
    throw error
  })

  return {
    url,
    key,
    persistTo,
    output: () => output,
    request(path, init = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${key.key}`)
      return fetch(new URL(path, url), { ...init, headers })
    },
    async stop() {
      // Only the launcher: it ends workerd, and would take a workerd that ends first for a crash.
      child.kill('SIGTERM')
      const late = setTimeout(() => void endGroup(child.pid!), 5000)
      await ended
      clearTimeout(late)
      if (ownDirectory) await rm(persistTo, { recursive: true, force: true })
    },
    async kill() {
      await endGroup(child.pid!)
      await ended
    },
  }
}

function firstMessage(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: ServeMessage) => {
      if ('url' in message) resolve(message.url)
      else reject(new Error(`the server did not start: ${message.failed}\n${output()}`))
    })
    child.once('error', reject)
    child.once('close', (code, signal) => reject(new Error(`the server ended at once (${signal ?? code}):\n${output()}`)))
  })
}
