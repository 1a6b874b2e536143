/**
 * Clients that send a request's head and then little or nothing, over a socket of their own.
 * @module
 */
import { connect, type Socket } from 'node:net'

export interface SlowRequest {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Of the body that never comes whole; `chunked` says nothing of it. */
  readonly length: number | 'chunked'
  /** What comes of it at once. */
  readonly first?: string | Uint8Array
  /** What comes of it every 100 ms. */
  readonly trickle?: string
}

export interface SlowClient {
  /** What the server has answered so far. */
  readonly answer: () => string
  /** Whether the connection is up and nothing was answered. */
  readonly waiting: () => boolean
  send(bytes: string | Uint8Array): void
  close(): void
}

export async function slowClient(
  url: string,
  { method, path, headers, length, first, trickle }: SlowRequest,
): Promise<SlowClient> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  let answer = ''
  let up = true
  socket.on('data', (bytes) => (answer += bytes.toString('latin1')))
  socket.on('error', () => undefined)
  socket.on('close', () => (up = false))
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', framing, ...Object.entries(headers).map((pair) => pair.join(': '))]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (first !== undefined) socket.write(first)
  const timer = trickle === undefined ? undefined : setInterval(() => socket.write(trickle), 100)
  return {
    answer: () => answer,
    waiting: () => up && answer === '',
    send: (bytes) => void socket.write(bytes),
    close() {
      clearInterval(timer)
      socket.destroy()
    },
  }
}
