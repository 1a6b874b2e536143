/**
 * A sign of life that reaches across PID namespaces: two containers that share a folder do not see each
 * other's processes, but a Unix socket in that folder connects for as long as its server lives, and is
 * refused at once after it.
 * @module
 */
import { closeSync, openSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { basename, dirname } from 'node:path'

export interface LifeSocket {
  close(): void
}

/**
 * Listens at `path`, replacing a socket that an earlier process left there.
 * @throws {Error} where the folder cannot hold a socket (some network file systems)
 */
export async function listenAt(path: string): Promise<LifeSocket> {
  rmSync(path, { force: true })
  const server: Server = createServer((socket) => socket.destroy())
  await through(path, (short) => {
    return new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path: short }, resolve)
    })
  })
  // The process lives by what it serves, not by its sign of life.
  server.unref()
  return {
    close() {
      server.close()
      rmSync(path, { force: true })
    },
  }
}

/** Whether a process, of whatever namespace, listens at `path`. */
export function isServed(path: string): Promise<boolean> {
  return through(path, (short) => {
    return new Promise<boolean>((resolve) => {
      const socket = connect({ path: short })
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
  }).catch(() => false)
}

/** Addresses of Unix sockets end at 107 bytes; the folder's descriptor stands for a path of any length. */
async function through<T>(path: string, use: (short: string) => Promise<T>): Promise<T> {
  const folder = openSync(dirname(path), 'r')
  try {
    return await use(`/proc/self/fd/${folder}/${basename(path)}`)
  } finally {
    closeSync(folder)
  }
}
