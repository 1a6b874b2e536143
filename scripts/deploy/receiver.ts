/**
 * A receiver of webhooks on this machine.
 * @module
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly url: string
  /** The first request whose body is meant. @throws {Error} after `milliseconds` */
  next(isMeant: (body: string) => boolean, milliseconds: number): Promise<Received>
  close(): void
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async next(isMeant, milliseconds) {
      for (const deadline = performance.now() + milliseconds; performance.now() < deadline;) {
        const found = received.find(({ body }) => isMeant(body))
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error(`no event arrived within ${milliseconds / 1000} s`)
    },
    close: () => void server.close(),
  }
}
