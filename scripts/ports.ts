/**
 * Ports of this machine.
 * @module
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  readonly port: number

  constructor(port: number) {
    super(`port ${port} is taken by another program`)
    this.port = port
  }
}

/** @throws {PortTakenError} */
export function assertPortFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error)
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}

const LEAST = 20_000
const TRIES = 100

/**
 * A free port below those that the kernel gives to `listen(0)` and to outgoing connections: no other program
 * gets it by chance before its server listens, seconds later.
 */
export async function freePort(): Promise<number> {
  const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)
  const span = Math.max(Number(first) - LEAST, 1000)
  for (let tries = 1; ; tries++) {
    const port = LEAST + Math.floor(Math.random() * span)
    try {
      await assertPortFree(port)
      return port
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === TRIES) throw error
    }
  }
}
