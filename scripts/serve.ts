/**
 * A local server in a process of its own, for tests that kill it: options as JSON in the only argument, the
 * address as an IPC message. Ends when the process that started it does.
 * @module
 */
import process from 'node:process'
import { startLocalServer, type LocalServer, type LocalServerOptions } from './local-server.ts'
import { endDescendants } from './process-identity.ts'

export type ServeMessage = { readonly url: string } | { readonly failed: string }

const send = (message: ServeMessage): void => void process.send?.(message)

let server: LocalServer | undefined
const end = async (): Promise<never> => {
  await server?.stop().catch(() => {})
  await endDescendants()
  process.exit(0)
}
// Before the server: Miniflare leaves signals that have a listener alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
process.on('disconnect', () => void end())

try {
  const running = await startLocalServer(JSON.parse(process.argv[2] ?? '{}') as LocalServerOptions)
  server = running
  process.on('message', (message) => {
    if (message === 'scheduled') void running.dispatchScheduled()
  })
  send({ url: running.url })
} catch (error) {
  send({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exit(1)
}
