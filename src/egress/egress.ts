/**
 * The only module that fetches addresses given by users and administrators.
 * @module
 */
import { type AddressRules, type CheckedAddress, checkAddress } from './address.ts'
import { type Deadline, startDeadline, type Timers } from './deadline.ts'
import { EgressError } from './egress-error.ts'
import { type Overflow, readBody } from './read-body.ts'

export type Purpose = 'image' | 'endpoint' | 'webhook'

export interface EgressLimits {
  /** Longest accepted body, in bytes after content decoding. */
  readonly bytes: number
  /** Covers name resolution, every hop and the whole body. */
  readonly milliseconds: number
  /** Media types (lower case, without parameters) that a 2xx answer may have. Absent: any. */
  readonly contentTypes?: readonly string[]
  /**
   * Treatment of a longer 2xx body; `refuse` by default. Other answers are always cut, which keeps their
   * status.
   */
  readonly overflow?: Overflow
}

export interface EgressRequest {
  readonly purpose: Purpose
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly limits: EgressLimits
  /** false forbids loopback for this request, even where development allows it. */
  readonly allowLoopback?: boolean
}

export interface EgressResponse {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

/** An answer whose body is read as it comes. Must be read to its end, or cancelled. */
export interface EgressStream {
  readonly status: number
  readonly headers: Headers
  /**
   * The next bytes; null at the end.
   * @throws {EgressError} `timeout` after a silence of `limits.milliseconds`, `too_large` or `network`
   */
  read(): Promise<Uint8Array | null>
  /** Closes the connection. A read that waits ends with an error. */
  cancel(): void
}

export interface Egress {
  /**
   * Judges an address as {@link fetch} would, without fetching it. For routes that store addresses.
   * @throws {EgressError} `address_refused`
   */
  check(url: string | URL, purpose: Purpose): void
  /**
   * Fetches one address. Every HTTP status is an answer, also 3xx where redirects are not followed.
   * @throws {EgressError} for everything else
   */
  fetch(url: string | URL, request: EgressRequest): Promise<EgressResponse>
  /** As {@link fetch}, for a body that is read as it comes. The limit of time is on each silence. */
  open(url: string | URL, request: EgressRequest): Promise<EgressStream>
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface EgressOptions {
  readonly fetch: Fetch
  /** Development only: reaches the ports of this machine, for the purposes that allow it. */
  readonly loopbackFetch?: Fetch
  /** See {@link AddressRules.ownHosts}. */
  readonly ownHosts: readonly string[]
  /** The platform's unless a test brings its own. */
  readonly timers?: Timers
}

/**
 * Endpoints and webhook targets get secrets and bodies, so their redirects are not followed (Standard
 * Webhooks 1.0.0 counts a 3xx as a failure). Redirects of images are followed.
 */
const POLICY: Readonly<Record<Purpose, { readonly redirects: number; readonly loopback: boolean }>> = {
  image: { redirects: 3, loopback: false },
  endpoint: { redirects: 0, loopback: true },
  webhook: { redirects: 0, loopback: true },
}

/**
 * The only headers sent after a redirect to another origin: no Authorization, no cookie, no key of a
 * provider.
 */
const HEADERS_FOR_STRANGERS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'user-agent'])

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const PLATFORM_TIMERS: Timers = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as number),
}

export function createEgress(options: EgressOptions): Egress {
  function rulesFor(purpose: Purpose, allowLoopback = true): AddressRules {
    const loopback = POLICY[purpose].loopback && options.loopbackFetch !== undefined && allowLoopback
    return { ownHosts: options.ownHosts, loopback }
  }

  function exchangeOf(address: string | URL, request: EgressRequest): Exchange & { readonly target: CheckedAddress } {
    const rules = rulesFor(request.purpose, request.allowLoopback)
    const target = checkAddress(address, rules)
    const deadline = startDeadline(request.limits.milliseconds, options.timers ?? PLATFORM_TIMERS)
    return { target, request, rules, options, deadline, redirects: POLICY[request.purpose].redirects }
  }

  return {
    check: (address, purpose) => void checkAddress(address, rulesFor(purpose)),
    async fetch(address, request) {
      const { target, ...exchange } = exchangeOf(address, request)
      try {
        return await receive(await follow(target, exchange), request.limits, exchange.deadline)
      } finally {
        exchange.deadline.end()
      }
    },
    async open(address, request) {
      const { target, ...exchange } = exchangeOf(address, request)
      try {
        return streamOf(await follow(target, exchange), request.limits, exchange.deadline)
      } catch (error) {
        exchange.deadline.end()
        throw error
      }
    },
  }
}

function streamOf({ status, headers, body }: Response, limits: EgressLimits, deadline: Deadline): EgressStream {
  const reader = body?.getReader()
  let total = 0
  const end = () => {
    deadline.end()
    // Not awaited: the peer may never close.
    reader?.cancel().catch(() => {})
  }
  return {
    status,
    headers,
    async read() {
      try {
        deadline.restart()
        const { done, value } = reader === undefined ? { done: true, value: undefined } : await deadline.race(reader.read())
        if (done) {
          end()
          return null
        }
        const bytes: Uint8Array = value!
        total += bytes.length
        if (total > limits.bytes) throw new EgressError({ code: 'too_large', limit: limits.bytes })
        return bytes
      } catch (error) {
        end()
        throw asEgressError(error, 'the answer broke off')
      }
    },
    cancel: end,
  }
}

interface Exchange {
  readonly request: EgressRequest
  readonly rules: AddressRules
  readonly options: EgressOptions
  readonly deadline: Deadline
  readonly redirects: number
}

async function follow(start: CheckedAddress, exchange: Exchange): Promise<Response> {
  const { request, rules, deadline, redirects } = exchange
  const mayMove = redirects > 0 && (request.method ?? 'GET') === 'GET'
  let target = start
  let headers = request.headers ?? {}
  for (let hop = 0; ; hop++) {
    const response = await send(target, headers, exchange)
    const location = response.headers.get('location')
    if (!mayMove || !REDIRECT_STATUSES.has(response.status) || location === null) return response
    response.body?.cancel().catch(() => {})
    if (hop === redirects) throw new EgressError({ code: 'too_many_redirects', limit: redirects })
    const next = checkAddress(URL.canParse(location, target.url.href) ? new URL(location, target.url) : location, rules)
    if (next.url.origin !== target.url.origin) headers = forStrangers(headers)
    target = next
    deadline.signal.throwIfAborted()
  }
}

async function send(target: CheckedAddress, headers: Readonly<Record<string, string>>, exchange: Exchange): Promise<Response> {
  const { request, options, deadline } = exchange
  const fetch = target.loopback ? options.loopbackFetch! : options.fetch
  const init: RequestInit = { method: request.method ?? 'GET', headers, redirect: 'manual', signal: deadline.signal }
  if (request.body !== undefined) init.body = request.body
  return deadline.race(fetch(target.url.href, init)).catch((error: unknown) => {
    throw asEgressError(error, `could not reach ${target.url.host}`)
  })
}

async function receive(response: Response, limits: EgressLimits, deadline: Deadline): Promise<EgressResponse> {
  const { status, headers, ok } = response
  if (ok && limits.contentTypes !== undefined) {
    const received = headers.get('content-type')?.split(';')[0]!.trim().toLowerCase() ?? null
    if (received === null || !limits.contentTypes.includes(received)) {
      throw new EgressError({ code: 'content_type', received, accepted: limits.contentTypes })
    }
  }
  const overflow = ok ? (limits.overflow ?? 'refuse') : 'cut'
  try {
    return { status, headers, bytes: await readBody(response, limits.bytes, overflow, deadline.race) }
  } catch (error) {
    throw asEgressError(error, 'the answer broke off')
  }
}

function forStrangers(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HEADERS_FOR_STRANGERS.has(name.toLowerCase())))
}

function asEgressError(error: unknown, detail: string): EgressError {
  return error instanceof EgressError ? error : new EgressError({ code: 'network', detail }, { cause: error })
}
