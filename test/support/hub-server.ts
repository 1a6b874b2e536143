/**
 * A local HTTP server in the hub's layout, `/{owner}/{name}/resolve/{revision}/{file}`, with faults on
 * request.
 * @module
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface HubServer {
  /** Address of the repository. */
  readonly address: string
  /** `GET onnx/vision_model.onnx bytes=5-`, in order. */
  readonly requests: string[]
  /**
   * Stops the next answer for this file after this many bytes. @returns a function that closes its connection
   */
  stopAfter(file: string, bytes: number): () => void
  /** Serves these bytes from then on. */
  replace(file: string, content: Uint8Array): void
  /** Reports this instead of the file's SHA-256. */
  lieAbout(file: string, etag: string): void
  /** Reports no lengths. */
  hideLengths(): void
  stop(): Promise<void>
}

export async function startHub(folder: string): Promise<HubServer> {
  const requests: string[] = []
  const stops = new Map<string, { bytes: number; response?: ServerResponse }>()
  const replaced = new Map<string, Uint8Array>()
  const lies = new Map<string, string>()
  let lengths = true

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = decodeURIComponent(request.url ?? '').replace('/tests/random/resolve/main/', '')
    const { range } = request.headers
    requests.push(`${request.method} ${file}${range === undefined ? '' : ` ${range}`}`)
    const content = replaced.get(file) ?? (await readFile(join(folder, file)).catch(() => null))
    if (content === null) return void response.writeHead(404).end()
    const etag = lies.get(file) ?? `"${createHash('sha256').update(content).digest('hex')}"`
    const from = range !== undefined && request.headers['if-range'] === etag ? Number(/\d+/.exec(range)![0]) : 0
    const body = content.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      ...(lengths ? { 'content-length': body.length } : {}),
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    })
    if (request.method === 'HEAD') return void response.end()
    const stop = stops.get(file)
    if (stop === undefined) return void response.end(body)
    stops.delete(file)
    stop.response = response
    response.write(body.subarray(0, stop.bytes))
  }

  const server: Server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/tests/random`,
    requests,
    stopAfter(file, bytes) {
      const stop: { bytes: number; response?: ServerResponse } = { bytes }
      stops.set(file, stop)
      return () => void stop.response?.destroy()
    },
    replace: (file, content) => void replaced.set(file, content),
    lieAbout: (file, etag) => void lies.set(file, etag),
    hideLengths: () => void (lengths = false),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
