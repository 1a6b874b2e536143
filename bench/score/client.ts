/**
 * A client on one kept connection that times whole requests.
 * @module
 */
import { Agent, request } from 'node:http'

export interface Timed {
  /** From the call to the last byte of the answer, in ms. */
  readonly milliseconds: number
  readonly status: number
  readonly body: string
  /** The Worker's own stages in ms, if requested. */
  readonly stages: ReadonlyMap<string, number>
}

export interface Client {
  post(path: string, body: Uint8Array, contentType: string): Promise<Timed>
  get(path: string): Promise<Timed>
  close(): void
}

export function createClient(url: string, key: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { authorization: `Bearer ${key}`, 'x-assay-timings': '1' }

  function send(method: string, path: string, body: Uint8Array, extra: Record<string, string | number>): Promise<Timed> {
    return new Promise((resolve, reject) => {
      const started = performance.now()
      const outgoing = request(new URL(path, url), { agent, method, headers: { ...headers, ...extra } }, (incoming) => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => (text += chunk))
        incoming.on('end', () =>
          resolve({
            milliseconds: performance.now() - started,
            status: incoming.statusCode ?? 0,
            body: text,
            stages: serverTiming(incoming.headers['server-timing']),
          }),
        )
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  return {
    post: (path, body, contentType) => send('POST', path, body, { 'content-type': contentType, 'content-length': body.length }),
    get: (path) => send('GET', path, new Uint8Array(), {}),
    close: () => agent.destroy(),
  }
}

/** `name;dur=1.5, …` (W3C Server Timing). */
function serverTiming(header: string | string[] | undefined): Map<string, number> {
  const entries = [header ?? []]
    .flat()
    .join(',')
    .matchAll(/([\w-]+);dur=([\d.]+)/g)
  return new Map(Array.from(entries, ([, name, duration]) => [name!, Number(duration)]))
}

/** A multipart body of one picture and one text. */
export function scoreForm(picture: Uint8Array, text: string, model: string): { body: Uint8Array; contentType: string } {
  const boundary = 'assay-bench'
  const part = (disposition: string, type: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${type}\r\n`
  const body = Buffer.concat([
    Buffer.from(part('name="image"; filename="image.png"', 'content-type: image/png\r\n')),
    picture,
    Buffer.from(`\r\n${part('name="text"', '')}${text}\r\n${part('name="model"', '')}${model}\r\n--${boundary}--\r\n`),
  ])
  return { body, contentType: `multipart/form-data; boundary=${boundary}` }
}
