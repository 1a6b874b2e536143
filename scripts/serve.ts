/**
 * A local server in a process of its own, for tests that kill it: options as JSON in the only argument, the
 * address as an IPC message. Ends when the process that started it does.
 * @module
 */
import process from 'node:process'
import { startLocalServer, type LocalServerOptions } from './local-server.ts'

export type ServeMessage = { readonly url: string } | { readonly failed: string }

const send = (message: ServeMessage): void => void process.send?.(message)

try {
  const server = await startLocalServer(JSON.parse(process.argv[2] ?? '{}') as LocalServerOptions)
  const end = (): void => void server.stop().finally(() => process.exit(0))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  process.on('disconnect', end)
  process.on('message', (message) => {
    if (message === 'scheduled') void server.dispatchScheduled()
  })
  send({ url: server.url })
} catch (error) {
  send({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exit(1)
}
