/**
 * On this machine a name can resolve to anything; what counts is the address that workerd connects to. Each
 * case counts the requests that reached a listener on loopback, so that a failure for any other reason does
 * not pass as protection.
 * @module
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { egressWorker, networkOptions } from '../../scripts/local-server.ts'

const PROBE = `export default {
  async fetch(request, env) {
    const { target, through } = await request.json()
    try {
      const fetcher = through === 'LOOPBACK' ? env.LOOPBACK : globalThis
      const response = await fetcher.fetch(target)
      return Response.json({ status: response.status, body: await response.text(), hasLoopback: 'LOOPBACK' in env })
    } catch (error) {
      return Response.json({ failed: String(error), hasLoopback: 'LOOPBACK' in env })
    }
  }
}`

/** The error of workerd's filter for a refused address. */
const REFUSED = /^Error: internal error; reference = /

let listener: Server
let port: number
let reached = 0
let open: Miniflare
let closed: Miniflare
let unfiltered: Miniflare

beforeAll(async () => {
  listener = createServer((_request, response) => {
    reached += 1
    response.end('secret of the machine')
  })
  await new Promise<void>((resolve) => listener.listen(0, resolve))
  port = (listener.address() as AddressInfo).port
  open = probe(true)
  closed = probe(false)
  unfiltered = probe(false, ['public', 'private', 'local'])
  await Promise.all([open.ready, closed.ready, unfiltered.ready])
})

afterAll(async () => {
  await Promise.all([open.dispose(), closed.dispose(), unfiltered.dispose()])
  listener.close()
})

beforeEach(() => {
  reached = 0
})

describe('fetch', () => {
  test.each([
    ['an address', '127.0.0.1'],
    ['the unspecified address, which connects to loopback', '0.0.0.0'],
    ['an address written as a number', '2130706433'],
    ['IPv6', '[::1]'],
    ['IPv4 in IPv6', '[::ffff:127.0.0.1]'],
    ['a name that the resolver maps to loopback', 'localhost'],
    ['a name below localhost', 'metadata.localhost'],
    ["this machine's own name", hostname()],
  ])('does not reach this machine by %s', async (_how, host) => {
    for (const mf of [open, closed]) {
      const answer = await ask(mf, { target: `http://${host}:${port}/`, through: 'fetch' })
      // A refused connection surfaces as an exception or as a 5xx of the runtime's; never as the listener's
      // answer.
      expect(answer.body ?? '').not.toContain('secret')
      expect(answer.status ?? 599).toBeGreaterThanOrEqual(500)
    }
    expect(reached).toBe(0)
  })

  test.each(['127.0.0.1', 'localhost'])('would reach %s without the filter: it is the filter that refuses', async (host) => {
    expect(await ask(unfiltered, { target: `http://${host}:${port}/`, through: 'fetch' })).toMatchObject({ status: 200 })
    expect(reached).toBe(1)
  })

  test.each(['10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '[fe80::1]', '[fd00::1]'])(
    'does not try the private address %s',
    async (host) => {
      const answer = await ask(open, { target: `http://${host}:${port}/`, through: 'fetch' })
      expect(answer.failed).toMatch(REFUSED)
    },
  )

  test('tells a connection that it tried and did not get from one that the filter refuses', async () => {
    const answer = await ask(unfiltered, { target: 'http://127.0.0.1:1/', through: 'fetch' })
    expect(answer.failed).toContain('Network connection lost')
    expect(answer.failed).not.toMatch(REFUSED)
  })
})

describe('LOOPBACK', () => {
  test.each(['127.0.0.1', 'localhost'])('reaches %s', async (host) => {
    expect(await ask(open, { target: `http://${host}:${port}/`, through: 'LOOPBACK' })).toMatchObject({
      status: 200,
      body: 'secret of the machine',
    })
    expect(reached).toBe(1)
  })

  test('reaches nothing else', async () => {
    const answer = await ask(open, { target: 'http://1.1.1.1/', through: 'LOOPBACK' })
    expect(answer.status ?? 599).toBeGreaterThanOrEqual(500)
  })

  test('is absent unless asked for', async () => {
    expect(await ask(closed, { target: `http://127.0.0.1:${port}/`, through: 'fetch' })).toMatchObject({ hasLoopback: false })
  })
})

interface Answer {
  readonly status?: number
  readonly body?: string
  readonly failed?: string
  readonly hasLoopback: boolean
}

function probe(allowLoopback: boolean, allow?: readonly string[]): Miniflare {
  const egress = egressWorker(allow)
  return new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: () => undefined,
      workers: [
        {
          name: 'probe',
          compatibilityDate: egress.compatibilityDate,
          modules: [{ type: 'ESModule', path: 'probe.js', contents: PROBE }],
          ...networkOptions(allowLoopback),
        },
        egress,
      ],
    } satisfies V4MiniflareOptions),
  )
}

async function ask(mf: Miniflare, question: { target: string; through: 'fetch' | 'LOOPBACK' }): Promise<Answer> {
  const response = await mf.dispatchFetch('http://probe/', { method: 'POST', body: JSON.stringify(question) })
  return (await response.json()) as Answer
}
