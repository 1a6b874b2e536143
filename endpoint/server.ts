/**
 * The reference endpoint as a process: HTTP by Node, so that a fault can reach the connection itself.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp, errorOf } from './app.ts'
import { createBatches, type LineAnswer, requestDigest } from './batches.ts'
import { type Dial, type DialChange, draw, type Fault, isPaid, isUnanswered, NO_FAULTS, turned } from './dial.ts'
import { parseWebhookSecret } from '../src/webhooks/webhook-secret.ts'
import { createJobs } from './jobs.ts'
import { createLimiter } from './limiter.ts'
import { type Counter, createCounter, type Stats } from './stats.ts'

export interface ReferenceEndpointOptions {
  /** 0, the default, chooses a free one. */
  readonly port?: number
  /** Required as a bearer token, if given. */
  readonly apiKey?: string | undefined
  readonly dial?: DialChange
}

/** Requests to routes that cost nothing. */
export interface ServiceStats {
  readonly requests: number
  readonly faults: Stats['faults']
}

export interface ReferenceEndpoint {
  /** `http://127.0.0.1:<port>`; the base URL of an endpoint is this and `/v1`. */
  readonly url: string
  stats(): Stats & {
    readonly batches: number
    readonly jobs: number
    readonly deliveries: number
    readonly service: ServiceStats
  }
  clear(): void
  turn(change: DialChange): void
  /** Forgets jobs, as a restart does. */
  forgetJobs(): void
  close(): Promise<void>
}

/** Paths that cost money, and so are counted and subject to the dial. */
const BILLED: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/embeddings'])
/** Paths that cost nothing and fail as the dial says. */
const SERVICE = /^\/v1\/(files|batches|jobs)(\/|$)/

/** Starts listening on 127.0.0.1. */
export async function startReferenceEndpoint(options: ReferenceEndpointOptions = {}): Promise<ReferenceEndpoint> {
  const counter = createCounter()
  const serviceCounter = createCounter()
  const limiter = createLimiter(() => performance.now())
  let dial = turned(NO_FAULTS, options.dial ?? {})
  const batches = createBatches(answerLine)
  const canSign = options.apiKey !== undefined && parseWebhookSecret(options.apiKey) !== undefined
  const jobs = canSign ? createJobs(options.apiKey!, answerLine, repeats) : null
  const app = createApp({
    counter,
    batches,
    jobs,
    dial: { get: () => dial, set: (next) => void (dial = next) },
    apiKey: options.apiKey,
  })

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(incoming)
    const path = new URL(incoming.url!, 'http://localhost').pathname
    if (SERVICE.test(path)) return serve(incoming, response, body)
    if (incoming.method !== 'POST' || !BILLED.has(path)) return sendWhole(response, await ask(incoming, body, null))
    const digest = requestDigest(path, body)
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

  /** A request that does not ask the model. Only its connection and its status can fail. */
  async function serve(incoming: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const address = `${incoming.method} ${incoming.url}`
    const digest = requestDigest(address, body)
    const drawn = draw(dial, digest, serviceCounter.arrive(address, digest))
    const fault = drawn.fault === null || isUnanswered(drawn.fault) ? null : drawn.fault
    if (fault !== null) serviceCounter.fault(fault)
    if (fault !== null && !isPaid(fault)) return refuseBy(fault, response, dial)
    const made = await ask(incoming, body, null)
    if (fault !== null && made.status === 200 && (await damage(fault, response, made.clone()))) return
    await sendWhole(response, made)
  }

  let repeatable = 0
  /** Every n-th delivery, by the share on the dial. */
  function repeats(): boolean {
    repeatable += dial.duplicated_callbacks
    const repeated = repeatable >= 1
    if (repeated) repeatable--
    return repeated
  }

  /** One request of a batch. Faults are drawn as for a request of its own. */
  async function answerLine(path: string, body: string): Promise<LineAnswer> {
    const digest = requestDigest(path, body)
    const { fault, latencyMilliseconds } = draw(dial, digest, counter.arrive(path, digest))
    if (latencyMilliseconds > 0) await sleep(latencyMilliseconds, undefined, { ref: false })
    if (fault !== null) counter.fault(fault)
    if (fault !== null && !isPaid(fault)) return refusedLine(fault)
    const url = new URL(path, 'http://127.0.0.1')
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${options.apiKey ?? ''}` }
    const made = await app.fetch(new Request(url, { method: 'POST', headers, body }), { fault })
    const text = await made.text()
    const whole = { status: made.status, body: JSON.parse(text) as unknown }
    if (fault !== null && made.status === 200 && !isUnanswered(fault)) return damagedLine(fault, text)
    if (made.status === 200) counter.answered(digest)
    return whole
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
    stats: () => ({
      ...counter.stats(),
      batches: batches.count,
      ...(jobs?.counts() ?? { jobs: 0, deliveries: 0 }),
      service: serviceOf(serviceCounter),
    }),
    clear: () => counter.clear(),
    forgetJobs: () => jobs?.forget(),
    turn: (change) => void (dial = turned(dial, change)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function serviceOf(counter: Counter): ServiceStats {
  const { requests, faults } = counter.stats()
  return { requests: Object.values(requests).reduce((sum, each) => sum + each, 0), faults }
}

function refusedLine(fault: Fault): LineAnswer {
  const refused = (status: number) => ({ status, body: errorOf(status, 'failing, as the dial says') })
  switch (fault) {
    case 'rate_limited':
    case 'rate_limited_with_wait':
      return refused(429)
    case 'server_error':
      return refused(500)
    case 'unavailable':
      return refused(503)
    case 'error_inside':
      return { status: 200, body: { error: { message: 'failing, as the dial says', code: 503 } } }
    default:
      return { error: { code: 'no_response', message: `the model's server did not answer: ${fault}` } }
  }
}

/** A machine that cannot parse its model's answer passes it on as a text. */
function damagedLine(fault: Fault, text: string): LineAnswer {
  const body = fault === 'empty_body' ? '' : fault === 'wrong_content_type' ? '<!doctype html>' : text.slice(0, text.length >> 1)
  return { status: 200, body }
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
