/**
 * Clients that send the head of a request and then little or nothing, over their own socket.
 * @module
 */
import { connect, type Socket } from 'node:net'

export interface SlowRequest {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Announced length of the body that never ends; `chunked` announces none. */
  readonly length: number | 'chunked'
  /** Bytes sent at once. */
  readonly first?: string | Uint8Array
  /** Bytes sent every 100 ms. */
  readonly trickle?: string
}

export interface SlowClient {
  /** The server's answer so far. */
  readonly answer: () => string
  /** Whether the connection is open without an answer. */
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
