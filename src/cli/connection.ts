/**
 * The Assay that a command talks to: the one running in this checkout, or another.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { components } from '../contracts/api-types.d.ts'
import { withoutSlashesAtEnd } from '../contracts/endpoint-address.ts'
import { UsageError } from './arguments.ts'

type Problem = Partial<components['schemas']['Problem']>

/** The server refused a request or did not answer: exit status 3, and one line, or one per error. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  /** HTTP status; null without an answer. */
  readonly status: number | null
  /** Empty for a single error, which the message has. */
  readonly errors: readonly string[]

  constructor(message: string, status: number | null, options?: ErrorOptions & { readonly errors?: Problem['errors'] }) {
    super(message, options)
    this.status = status
    const { errors = [] } = options ?? {}
    this.errors =
      errors.length < 2 ? [] : errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`))
  }
}

export interface Connection {
  readonly url: string
  /**
   * Sends a request and reads the JSON of its answer.
   * @throws {ServerError} with the sentence of the answer
   */
  call<T>(method: string, path: string, init?: RequestInit & { duplex?: 'half' }): Promise<T>
  /** {@link call} with a JSON body. */
  send<T>(method: string, path: string, body: unknown): Promise<T>
  /**
   * The body of a GET as it arrives; null for an answer without one.
   * @throws {ServerError} as {@link call}
   */
  stream(path: string, headers?: Readonly<Record<string, string>>): Promise<ReadableStream<Uint8Array> | null>
}

/** The parts of a terminal that a connection reads. */
export interface ConnectionIo {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folder with the address and the key that `npm start` wrote. */
  readonly work: string
}

/**
 * Finds the address and the key: first `--server` and `--key`, then `ASSAY_URL` and `ASSAY_KEY`, then the
 * files of `npm start`.
 * @param given - `--server` and `--key`
 * @throws {UsageError} without an address or a key
 */
export async function connect(
  given: { readonly server: string | undefined; readonly key: string | undefined },
  { environment, work }: ConnectionIo,
): Promise<Connection> {
  const url = given.server ?? environment['ASSAY_URL'] ?? (await localUrl(work))
  const key = given.key ?? environment['ASSAY_KEY'] ?? (await readFile(join(work, 'local-key'), 'utf8').catch(() => undefined))
  if (url === undefined)
    throw new UsageError('no Assay runs in this checkout: start one (npm start), or name another by --server or ASSAY_URL')
  if (!URL.canParse(url)) throw new UsageError(`--server must be an address such as https://assay.example.com, is ${url}`)
  if (key === undefined) throw new UsageError('no key: give one by --key or ASSAY_KEY')
  return connectTo(url, key.trim())
}

async function localUrl(work: string): Promise<string | undefined> {
  const written = await readFile(join(work, 'server.json'), 'utf8').catch(() => null)
  return written === null ? undefined : (JSON.parse(written) as { url?: string }).url
}

/** A connection to this address with this key. */
export function connectTo(address: string, key: string): Connection {
  const url = withoutSlashesAtEnd(address)
  async function ask(method: string, path: string, init: RequestInit & { duplex?: 'half' }): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` }
    const response = await fetch(`${url}${path}`, { ...init, method, headers }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
      throw new ServerError(`${url} does not answer (${cause}); is Assay running?`, null, { cause: error })
    })
    if (response.ok) return response
    const { detail, errors } = problemOf(await response.text())
    throw new ServerError(`${method} ${path} answered ${response.status}: ${detail}`, response.status, { errors })
  }
  async function call<T>(method: string, path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<T> {
    return JSON.parse(await (await ask(method, path, init)).text()) as T
  }
  return {
    url,
    call,
    stream: async (path, headers = {}) => (await ask('GET', path, { headers })).body,
    send: (method, path, body) =>
      call(method, path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }
}

/** The message and the errors of a problem document, or the message of an OpenAI error. */
function problemOf(body: string): Problem {
  try {
    const problem = JSON.parse(body) as Problem
    return { ...problem, detail: problem.detail ?? problem.error?.message ?? problem.title ?? body }
  } catch {
    return { detail: body.slice(0, 300) || 'no body' }
  }
}
