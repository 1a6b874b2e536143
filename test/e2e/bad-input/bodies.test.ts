/** Bodies that are too large, odd but right, or changed at random; and visitors who ask too often. */
import { request as rawRequest } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { samplePng } from '../../support/png.ts'
import { pictures, retrievalForm } from '../../support/tiny-datasets.ts'
import { goodPath } from './bodies.ts'
import { check, type Problem } from './check.ts'
import { blob, formOf, json } from './forms.ts'
import { OPERATIONS } from './operations.ts'
import { createWorld } from './world.ts'

const world = createWorld()
beforeAll(() => world.start())
afterAll(() => world.stop())

describe('sizes', () => {
  /** Announces a length and sends nothing: an early refusal needs no more. */
  function announce(path: string, length: number): Promise<Response> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${world.key.key}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': String(length),
      }
      const request = rawRequest(world.url() + path, { method: 'POST', headers }, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          request.destroy()
          resolve(
            new Response(Buffer.concat(chunks), {
              status: incoming.statusCode!,
              headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
            }),
          )
        })
      })
      request.on('error', reject)
      request.flushHeaders()
    })
  }

  test.each([
    ['/v1/datasets', 50_000_000],
    ['/v1/files', 50_000_000],
    ['/v1/images', 9 * 1024 * 1024],
    ['/v1/score', 9 * 1024 * 1024],
    ['/v1/uploads/{id}/parts', 2 ** 26 + 2 ** 16],
  ])('%s refuses what is announced to be more than %i bytes before it is sent', async (route, limit) => {
    const path = route.replace('{id}', world.ids.upload)
    const problem = await check(await announce(path, limit + 1), path, { status: 413, code: 'too_large' })
    expect(problem).toMatchObject({ limit, unit: 'bytes' })
  })

  test('50 MB and a byte of a dataset, without a length: 413 as soon as it is known', async () => {
    const form = new Response(retrievalForm('large', 1))
    const head = new Uint8Array(await form.arrayBuffer())
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = sent === 0 ? head : new Uint8Array(1_000_000)
        sent += chunk.length
        controller.enqueue(chunk)
        if (sent > 60_000_000) controller.close()
      },
    })
    const response = await world.send('POST', '/v1/datasets', {
      headers: { 'content-type': form.headers.get('content-type')! },
      body,
    })
    const problem = await check(response, '/v1/datasets', {
      status: 413,
      code: 'too_large',
      detail: /without Content-Length.*limit is 8388608 bytes/,
    })
    expect(problem.limit).toBe(8 * 2 ** 20)
  })
})

describe('unusual but valid bodies', () => {
  test('a byte order mark is skipped', async () => {
    const response = await world.send('POST', `/v1/evals/${world.ids.retrievalEval}`, json('\uFEFF{}'))
    expect(response.status, await response.text()).toBe(200)
  })

  test('a metadata key may be called constructor, and is returned unchanged', async () => {
    const response = await world.send(
      'POST',
      '/v1/evals',
      world.bodies.evalWith({ metadata: { constructor: 'x', toString: 'y' } })(),
    )
    expect(await response.json()).toMatchObject({ metadata: { constructor: 'x', toString: 'y' } })
  })

  test('visitors have their budget, and no more', async () => {
    const score = () => world.send('POST', '/v1/score', { body: formOf({ image: blob(samplePng(1)), text: 'a dog' }) }, null)
    const statuses: number[] = []
    for (let index = 0; index < 4; index++) statuses.push((await score()).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  test('pictures that an import does not need are counted, not kept', async () => {
    const form = retrievalForm('with a picture too many', 2)
    form.append('images', blob(pictures(9)[8]!.bytes, 'unused.png'))
    const response = await world.send('POST', '/v1/datasets', { body: form })
    expect(await response.json()).toMatchObject({ unused_images: 1, version: { images: 2 } })
  })
})

describe('bodies changed at random', () => {
  type Value = null | boolean | number | string | Value[] | { [key: string]: Value }

  const ODD: readonly Value[] = [
    '',
    'x'.repeat(300),
    '💥',
    '\ud83d',
    '\u0001',
    '\u202e',
    '../..',
    '__proto__',
    'constructor',
    "';--",
    '{{item.answers}}',
    `ds_${'0'.repeat(32)}`,
    null,
    true,
    1e308,
    1e-320,
    -1,
    0,
    0.1,
    2 ** 53,
    [],
    [null],
    [[]],
    {},
    { constructor: 1 },
  ]

  /** Every place in a value. */
  const placesOf = (value: Value, path: string[] = []): string[][] =>
    typeof value === 'object' && value !== null
      ? [path, ...Object.entries(value).flatMap(([name, entry]) => placesOf(entry, [...path, name]))]
      : [path]

  /** The value with another at one of its places, with more there, or with nothing. */
  function changedAt(value: Value, [name, ...rest]: string[], how: 'replace' | 'add' | 'remove', odd: Value): Value {
    const whole = value as Record<string, Value>
    if (name === undefined) {
      if (how === 'add' && Array.isArray(value)) return [...value, odd]
      return how === 'add' && typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value, limit: odd }
        : odd
    }
    if (how === 'remove' && rest.length === 0 && !Array.isArray(value))
      return Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name))
    const entry = changedAt(whole[name]!, rest, how, odd)
    return Array.isArray(value)
      ? value.map((other, index) => (String(index) === name ? entry : other))
      : { ...whole, [name]: entry }
  }

  const change = fc.record({
    place: fc.nat(),
    how: fc.constantFrom('replace' as const, 'replace' as const, 'add' as const, 'remove' as const),
    odd: fc.constantFrom(...ODD),
  })

  test.each(OPERATIONS.filter((operation) => operation.json))('never break $route', async (operation) => {
    const asked = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const body = changes.reduce((value: Value, { place, how, odd }) => {
        const places = placesOf(value)
        return changedAt(value, places[place % places.length]!, how, odd)
      }, world.bodies.valid[operation.route]!() as Value)
      const response = await world.send(operation.method, goodPath(world.ids, operation), json(JSON.stringify(body)))
      const text = await response.text()
      expect(response.status, text).toBeLessThan(500)
      expect(response.status, text).not.toBe(429)
      if (response.status === 400) expect((JSON.parse(text) as Problem).errors![0]!.pointer).toEqual(expect.any(String))
    })
    await fc.assert(asked, { seed: 20261124, numRuns: 40 })
  })
})

describe('visitors', () => {
  test('who ask too often are told when to retry', async () => {
    const ask = () => world.send('POST', '/v1/score', json({}), null)
    let last = await ask()
    // 30 a minute; a new minute may begin meanwhile.
    for (let asked = 1; asked <= 62 && last.status !== 429; asked++) last = await ask()
    await check(last, '/v1/score', {
      status: 429,
      code: 'rate_limited',
      detail: /without a key/,
      headers: { 'retry-after': /^60$/ },
    })
  })
})
