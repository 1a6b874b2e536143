/**
 * The reference endpoint as a process: HTTP by Node, so that a fault can reach the connection itself.
 * @module
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp, errorOf } from './app.ts'
import { type Dial, type DialChange, draw, type Fault, isPaid, NO_FAULTS, turned } from './dial.ts'
import { createLimiter } from './limiter.ts'
import { createCounter, type Stats } from './stats.ts'

export interface ReferenceEndpointOptions {
  /** 0, the default, chooses a free one. */
  readonly port?: number
  /** Required as a bearer token, if given. */
  readonly apiKey?: string | undefined
  readonly dial?: DialChange
}

export interface ReferenceEndpoint {
  /** `http://127.0.0.1:<port>`; the base URL of an endpoint is this and `/v1`. */
  readonly url: string
  stats(): Stats
  clear(): void
  turn(change: DialChange): void
  close(): Promise<void>
}

/** Paths that cost money, and so are counted and subject to the dial. */
const BILLED: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/embeddings'])

/** Starts listening on 127.0.0.1. */
export async function startReferenceEndpoint(options: ReferenceEndpointOptions = {}): Promise<ReferenceEndpoint> {
  const counter = createCounter()
  const limiter = createLimiter(() => performance.now())
  let dial = turned(NO_FAULTS, options.dial ?? {})
  const app = createApp({ counter, dial: { get: () => dial, set: (next) => void (dial = next) }, apiKey: options.apiKey })

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(incoming)
    const path = new URL(incoming.url!, 'http://localhost').pathname
    if (incoming.method !== 'POST' || !BILLED.has(path)) return sendWhole(response, await ask(incoming, body, null))
    const digest = createHash('sha256').update(path).update(body).digest('hex')
    const { fault, latencyMilliseconds } = draw(dial, digest, counter.arrive(path, digest))
    counter.enter()
    response.once('close', counter.leave)
    if (latencyMilliseconds > 0) await sleep(latencyMilliseconds, undefined, { ref: false })
    if (dial.requests_per_minute !== null) {
      const { taken, ...rest } = limiter.take(dial.requests_per_minute)
      response.setHeader('x-ratelimit-limit-requests', String(dial.requests_per_minute))
      response.setHeader('x-ratelimit-remaining-requests', String('remaining' in rest ? rest.remaining : 0))
      if (!taken) {
        counter.overLimit()
        return refuse(response, 429, waitHeaders((rest as { waitMilliseconds: number }).waitMilliseconds / 1000))
      }
    }
    if (fault !== null) counter.fault(fault)
    if (fault !== null && !isPaid(fault)) return refuseBy(fault, response, dial)
    const made = await ask(incoming, body, fault)
    if (fault !== null && made.status === 200 && (await damage(fault, response, made.clone()))) return
    await sendWhole(response, made)
    if (made.status === 200 && response.writableFinished) counter.answered(digest)
  }

  function ask(incoming: IncomingMessage, body: Buffer, fault: Fault | null): Promise<Response> {
    const { method = 'GET', url = '/', headers } = incoming
    const init = { method, headers: headers as Record<string, string>, ...(body.length > 0 && { body }) }
    return Promise.resolve(app.fetch(new Request(new URL(url, 'http://127.0.0.1'), init), { fault }))
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stats: () => counter.stats(),
    clear: () => counter.clear(),
    turn: (change) => void (dial = turned(dial, change)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function refuseBy(fault: Fault, response: ServerResponse, { retry_after_seconds: seconds }: Dial): void {
  switch (fault) {
    case 'rate_limited':
      return refuse(response, 429)
    case 'rate_limited_with_wait':
      return refuse(response, 429, waitHeaders(seconds))
    case 'server_error':
      return refuse(response, 500)
    case 'unavailable':
      return refuse(response, 503, waitHeaders(seconds))
    case 'error_inside':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: 'failing, as the dial says', code: 503 } }))
      return
    case 'dropped':
      response.destroy()
      return
    default:
      // Stalled: the caller's own limit ends the connection.
      return
  }
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(errorOf(status, 'failing, as the dial says')))
}

/** Whole seconds, as HTTP has them, and OpenAI's finer header. */
const waitHeaders = (seconds: number): Record<string, string> => ({
  'retry-after': String(Math.ceil(seconds)),
  'retry-after-ms': String(Math.ceil(1000 * seconds)),
})

/** Sends an answer damaged. false: this fault leaves the bytes alone. */
async function damage(fault: Fault, response: ServerResponse, made: Response): Promise<boolean> {
  const body = Buffer.from(await made.arrayBuffer())
  const half = body.subarray(0, body.length >> 1)
  const json = { 'content-type': 'application/json' }
  switch (fault) {
    case 'cut':
      response.writeHead(200, { ...json, 'content-length': String(body.length) })
      response.write(half, () => response.destroy())
      return true
    case 'truncated_json':
      response.writeHead(200, json).end(half)
      return true
    case 'wrong_content_type':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>')
      return true
    case 'empty_body':
      response.writeHead(200, json).end()
      return true
    default:
      return false
  }
}

async function sendWhole(response: ServerResponse, made: Response): Promise<void> {
  response.writeHead(made.status, Object.fromEntries(made.headers)).end(Buffer.from(await made.arrayBuffer()))
  await new Promise((resolve) => response.once('close', resolve))
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
