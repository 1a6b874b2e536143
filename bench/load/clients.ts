/**
 * Clients that poll runs or score pictures, each about once a second.
 * @module
 */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:http'

/** One finished request. */
export interface Sample {
  readonly kind: string
  readonly milliseconds: number
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** The beginning of an answer that is not a 2xx, or the reason for none. */
  readonly error: string | null
}

export interface Errand {
  readonly kind: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: { readonly bytes: Uint8Array; readonly type: string }
}

export interface LoadOptions {
  readonly url: string
  /** One per client. */
  readonly keys: readonly string[]
  readonly seconds: number
  /** The next request of a client. @param draw - uniform in [0, 1), the same in every run */
  errandOf(client: number, draw: () => number): Errand
}

/** Longest wait for an answer, in ms: more is an error. */
const PATIENCE = 30_000

/** Runs all clients until the time is over, and waits for their last answers. */
export async function load({ url, keys, seconds, errandOf }: LoadOptions): Promise<readonly Sample[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: keys.length })
  const samples: Sample[] = []
  const end = performance.now() + 1000 * seconds
  await Promise.all(
    keys.map(async (key, client) => {
      const draw = drawsOf(client)
      // Not all at once.
      await pause(1000 * draw())
      while (performance.now() < end) {
        samples.push(await send(url, key, agent, errandOf(client, draw)))
        await pause(500 + 1000 * draw())
      }
    }),
  )
  agent.destroy()
  return samples
}

function send(url: string, key: string, agent: Agent, { kind, method, path, body }: Errand): Promise<Sample> {
  const started = performance.now()
  return new Promise((resolve) => {
    const done = (status: number, error: string | null) =>
      resolve({ kind, milliseconds: performance.now() - started, status, error })
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body && { 'content-type': body.type, 'content-length': body.bytes.length }),
    }
    const outgoing = request(new URL(path, url), { agent, method, headers, timeout: PATIENCE }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (text += text.length < 300 ? chunk : ''))
      incoming.on('error', (error) => done(0, error.message))
      incoming.on('end', () => {
        const status = incoming.statusCode ?? 0
        done(status, status >= 200 && status < 300 ? null : text.slice(0, 300))
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)))
    outgoing.on('error', (error) => done(0, error.message))
    outgoing.end(body?.bytes)
  })
}

/** Numbers from a counter's hashes. */
function drawsOf(client: number): () => number {
  let count = 0
  return () => createHash('sha256').update(`${client}:${count++}`).digest().readUInt32BE() / 2 ** 32
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
