import { describe, expect, test } from 'vitest'
import { createEgress, type EgressOptions, type EgressRequest, type Fetch } from '../../../src/egress/egress.ts'
import { EgressError } from '../../../src/egress/egress-error.ts'

const START = 'https://images.example.com/a.png'
const image: EgressRequest = { purpose: 'image', limits: { bytes: 100, milliseconds: 1000 } }
const webhook: EgressRequest = { ...image, purpose: 'webhook', method: 'POST', body: '{}' }

interface Call {
  readonly url: string
  readonly headers: Headers
  readonly init: RequestInit
}

/** A network of fixed answers that records its requests. */
function network(answers: Record<string, () => Response | Promise<Response>>) {
  const calls: Call[] = []
  const fetch: Fetch = async (url, init) => {
    calls.push({ url, headers: new Headers(init.headers), init })
    const answer = answers[url]
    if (answer === undefined) throw new TypeError(`unexpected fetch of ${url}`)
    return answer()
  }
  return { calls, fetch }
}

function egressOver(fetch: Fetch, options: Partial<EgressOptions> = {}) {
  return createEgress({ fetch, ownHosts: ['assay.example.org'], ...options })
}

function redirect(location: string, status = 302) {
  return () => new Response(null, { status, headers: { location } })
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof EgressError ? error.code : `not an EgressError: ${String(error)}`),
  )
}

/** An endless body that counts the bytes taken from it. */
function endless(chunk: Uint8Array) {
  const seen = { chunks: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.chunks++
        controller.enqueue(chunk)
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { seen, body }
}

/** Timers that fire on command. */
function manualTimers() {
  const pending = new Map<number, () => void>()
  const delays: number[] = []
  return {
    delays,
    pending,
    fire: () => pending.forEach((callback) => callback()),
    timers: {
      setTimeout: (callback: () => void, milliseconds: number) => {
        pending.set(delays.push(milliseconds), callback)
        return delays.length
      },
      clearTimeout: (handle: unknown) => void pending.delete(handle as number),
    },
  }
}

test('returns status, headers and bytes; the platform follows no redirect', async () => {
  const { calls, fetch } = network({ [START]: () => new Response('pixels', { headers: { 'content-type': 'image/png' } }) })
  const answer = await egressOver(fetch).fetch(START, { ...image, headers: { accept: 'image/*' } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('image/png')
  expect(new TextDecoder().decode(answer.bytes)).toBe('pixels')
  expect(calls[0]!.init).toMatchObject({ method: 'GET', redirect: 'manual' })
})

test('a refused address is never contacted', async () => {
  const { calls, fetch } = network({})
  expect(await codeOf(egressOver(fetch).fetch('https://10.0.0.1/', image))).toBe('address_refused')
  expect(calls).toEqual([])
})

describe('redirects', () => {
  test.each([
    ['a private name', 'https://db.internal/'],
    ['an address literal', 'https://169.254.169.254/latest/meta-data'],
    ['plain http', 'http://images.example.com/a.png'],
    ['our own host', 'https://assay.example.org/v1/keys'],
    ['loopback', 'http://127.0.0.1:9000/'],
    ['a scheme-relative private name', '//localhost/'],
    ['no address', 'https://'],
  ])('to %s are refused before contact', async (_, location) => {
    const { calls, fetch } = network({ [START]: redirect(location) })
    // Images never go to loopback, even where development opens it.
    const egress = egressOver(fetch, { loopbackFetch: fetch })
    expect(await codeOf(egress.fetch(START, image))).toBe('address_refused')
    expect(calls.map(({ url }) => url)).toEqual([START])
  })

  test('three are followed, relative ones too', async () => {
    const { calls, fetch } = network({
      [START]: redirect('/b', 301),
      'https://images.example.com/b': redirect('c', 307),
      'https://images.example.com/c': redirect('https://cdn.example.net/d', 308),
      'https://cdn.example.net/d': () => new Response('here'),
    })
    expect((await egressOver(fetch).fetch(START, image)).status).toBe(200)
    expect(calls).toHaveLength(4)
  })

  test('a fourth is too many', async () => {
    const { calls, fetch } = network({ [START]: redirect(START) })
    expect(await codeOf(egressOver(fetch).fetch(START, image))).toBe('too_many_redirects')
    expect(calls).toHaveLength(4)
  })

  test('no secret header is sent to another origin, or back again', async () => {
    const { calls, fetch } = network({
      [START]: redirect('/same-origin'),
      'https://images.example.com/same-origin': redirect('https://other.example.net/'),
      'https://other.example.net/': redirect('https://images.example.com/back'),
      'https://images.example.com/back': () => new Response(null, { status: 204 }),
    })
    const headers = { Authorization: 'Bearer s', Cookie: 'c=1', 'X-Api-Key': 'k', Accept: 'image/*' }
    await egressOver(fetch).fetch(START, { ...image, headers })
    const sent = calls.map((call) => [...call.headers.keys()].toSorted())
    const all = ['accept', 'authorization', 'cookie', 'x-api-key']
    expect(sent).toEqual([all, all, ['accept'], ['accept']])
  })

  test.each(['webhook', 'endpoint'] as const)('a redirect of a %s is returned, not followed', async (purpose) => {
    const { calls, fetch } = network({ [START]: redirect('https://elsewhere.example.com/', 307) })
    expect((await egressOver(fetch).fetch(START, { ...webhook, purpose })).status).toBe(307)
    expect(calls).toHaveLength(1)
  })

  test('a 3xx without a Location is an answer like any other', async () => {
    const { fetch } = network({ [START]: () => new Response(null, { status: 304 }) })
    expect((await egressOver(fetch).fetch(START, image)).status).toBe(304)
  })
})

describe('loopback', () => {
  const local = 'http://127.0.0.1:9000/hook'

  test.each(['webhook', 'endpoint'] as const)('a %s leaves through the loopback fetcher alone', async (purpose) => {
    const outside = network({})
    const inside = network({ [local]: () => new Response('ok') })
    const egress = egressOver(outside.fetch, { loopbackFetch: inside.fetch })
    expect((await egress.fetch(local, { ...webhook, purpose })).status).toBe(200)
    expect(outside.calls).toEqual([])
    expect(inside.calls).toHaveLength(1)
  })

  test('public addresses do not', async () => {
    const outside = network({ [START]: () => new Response('ok') })
    const inside = network({})
    await egressOver(outside.fetch, { loopbackFetch: inside.fetch }).fetch(START, webhook)
    expect(inside.calls).toEqual([])
  })

  test.each([
    ['an image', { loopbackFetch: network({}).fetch }, image],
    ['a request that declines', { loopbackFetch: network({}).fetch }, { ...webhook, allowLoopback: false }],
    ['production', {}, webhook],
  ])('is closed to %s', async (_, options, request) => {
    expect(await codeOf(egressOver(network({}).fetch, options).fetch(local, request))).toBe('address_refused')
  })
})

test('judges an address without fetching it', () => {
  const local = 'http://127.0.0.1:9000/hook'
  const development = egressOver(network({}).fetch, { loopbackFetch: network({}).fetch })
  const production = egressOver(network({}).fetch)
  production.check(START, 'webhook')
  development.check(local, 'webhook')
  expect(() => development.check(local, 'image')).toThrow(EgressError)
  expect(() => production.check(local, 'webhook')).toThrow(EgressError)
  expect(() => production.check('https://assay.example.org/hooks/1', 'webhook')).toThrow(EgressError)
})

describe('size', () => {
  test('a body of exactly the limit is accepted', async () => {
    const { fetch } = network({ [START]: () => new Response(new Uint8Array(100)) })
    expect((await egressOver(fetch).fetch(START, image)).bytes).toHaveLength(100)
  })

  test('one byte more is refused', async () => {
    const { fetch } = network({ [START]: () => new Response(new Uint8Array(101)) })
    expect(await codeOf(egressOver(fetch).fetch(START, image))).toBe('too_large')
  })

  test('a declared length over the limit is refused unread', async () => {
    const { seen, body } = endless(new Uint8Array(10))
    const { fetch } = network({ [START]: () => new Response(body, { headers: { 'content-length': '101' } }) })
    expect(await codeOf(egressOver(fetch).fetch(START, image))).toBe('too_large')
    expect(seen).toEqual({ chunks: 0, cancelled: true })
  })

  test('a stream is cancelled at the limit, regardless of its declared length', async () => {
    const { seen, body } = endless(new Uint8Array(30))
    const { fetch } = network({ [START]: () => new Response(body, { headers: { 'content-length': '5' } }) })
    expect(await codeOf(egressOver(fetch).fetch(START, image))).toBe('too_large')
    expect(seen).toEqual({ chunks: 4, cancelled: true })
  })

  test('an error page over the limit is cut, which keeps its status', async () => {
    const { seen, body } = endless(new Uint8Array(30))
    const { fetch } = network({ [START]: () => new Response(body, { status: 503 }) })
    const answer = await egressOver(fetch).fetch(START, image)
    expect(answer.status).toBe(503)
    expect(answer.bytes).toHaveLength(100)
    expect(seen.cancelled).toBe(true)
  })

  test('a limit of 0 reads no body', async () => {
    const { seen, body } = endless(new Uint8Array(30))
    const { fetch } = network({ [START]: () => new Response(body) })
    const limits = { bytes: 0, milliseconds: 1000, overflow: 'cut' } as const
    expect((await egressOver(fetch).fetch(START, { ...webhook, limits })).bytes).toHaveLength(0)
    expect(seen).toEqual({ chunks: 0, cancelled: true })
  })
})

describe('type', () => {
  const limits = { ...image.limits, contentTypes: ['image/png'] }

  test.each([
    ['image/png', 200, 'no error'],
    ['IMAGE/PNG; charset=binary', 200, 'no error'],
    ['image/svg+xml', 200, 'content_type'],
    ['image/png-not', 200, 'content_type'],
    [null, 200, 'content_type'],
    ['text/html', 404, 'no error'],
  ])('%s with status %i: %s', async (type, status, expected) => {
    const headers = type === null ? {} : { 'content-type': type }
    const { fetch } = network({ [START]: () => new Response(new Uint8Array(3), { status, headers }) })
    expect(await codeOf(egressOver(fetch).fetch(START, { ...image, limits }))).toBe(expected)
  })
})

describe('time', () => {
  test('a silent server times out and its connection is aborted', async () => {
    const clock = manualTimers()
    const { calls, fetch } = network({ [START]: () => new Promise<Response>(() => {}) })
    const code = codeOf(egressOver(fetch, { timers: clock.timers }).fetch(START, image))
    clock.fire()
    expect(await code).toBe('timeout')
    expect(clock.delays).toEqual([1000])
    expect(calls[0]!.init.signal!.aborted).toBe(true)
  })

  test('so does a body that stalls', async () => {
    const clock = manualTimers()
    const stalled = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(5)) })
    const { fetch } = network({ [START]: () => new Response(stalled) })
    const code = codeOf(egressOver(fetch, { timers: clock.timers }).fetch(START, image))
    setTimeout(clock.fire, 5)
    expect(await code).toBe('timeout')
  })

  test('one limit covers all hops: none starts after it', async () => {
    const clock = manualTimers()
    const { calls, fetch } = network({
      [START]: () => {
        queueMicrotask(clock.fire)
        return redirect('/b')()
      },
    })
    expect(await codeOf(egressOver(fetch, { timers: clock.timers }).fetch(START, image))).toBe('timeout')
    expect(calls).toHaveLength(1)
  })

  test('the clock stops with the answer', async () => {
    const clock = manualTimers()
    const { fetch } = network({ [START]: () => new Response('ok') })
    await egressOver(fetch, { timers: clock.timers }).fetch(START, image)
    expect(clock.pending.size).toBe(0)
  })
})

describe('a broken connection', () => {
  test('before the answer', async () => {
    const { fetch } = network({ [START]: () => Promise.reject(new TypeError('connection refused')) })
    expect(await codeOf(egressOver(fetch).fetch(START, image))).toBe('network')
  })

  test('within the body', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
    const { fetch } = network({ [START]: () => new Response(broken) })
    expect(await codeOf(egressOver(fetch).fetch(START, image))).toBe('network')
  })
})
