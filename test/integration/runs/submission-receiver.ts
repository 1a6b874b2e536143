/**
 * The routes of submissions over real HTTP, for workers of jobs: real routes and stores, and nothing else.
 * @module
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'
import { createBodyMemory } from '../../../src/models/edge/body-memory.ts'

export interface Receiver {
  readonly url: string
  /** Services of the next requests; null: the receiver is down. */
  services: Partial<Services> | null
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const app = createApp()
  const common = {
    explain: async (thrown: unknown) => thrown,
    failedAttempts: { refused: () => false, count: async () => true },
    bodies: createBodyMemory({ capacity: 12e6, visitors: 9e6 }),
  } as unknown as Partial<Services>
  const server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      if (receiver.services === null) return void response.destroy()
      const { method = 'GET', url = '/', headers } = incoming
      const body = Buffer.concat(chunks)
      const init = { method, headers: headers as Record<string, string>, ...(body.length > 0 && { body }) }
      const services = { ...common, ...receiver.services }
      const answer = await app.fetch(new Request(new URL(url, receiver.url), init), { services } as never)
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    services: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}
