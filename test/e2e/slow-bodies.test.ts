/**
 * Bodies that do not come hold nothing: while many clients of one network, or of one key, have sent a
 * request's head and little more, everybody else is answered. Counted, never timed: the others are answered
 * while the slow ones wait.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { samplePng } from '../support/png.ts'
import { slowClient, type SlowClient, type SlowRequest } from '../support/slow-client.ts'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay
let clients: SlowClient[] = []
let networks = 1

beforeAll(async () => {
  assay = await startAssay()
  expect((await scoreAs({ authorization: `Bearer ${assay.key.key}` })).status).toBe(200)
})

afterEach(() => {
  for (const client of clients) client.close()
  clients = []
})

afterAll(() => assay?.stop())

const newNetwork = () => ({ 'cf-connecting-ip': `198.51.100.${networks++}` })
const withKey = () => ({ authorization: `Bearer ${assay.key.key}` })
const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
const JSON_TYPE = { 'content-type': 'application/json' }

function scoreAs(headers: Record<string, string>): Promise<Response> {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(samplePng(1))], { type: 'image/png' }), 'a.png')
  form.set('text', 'a dog')
  return fetch(new URL('/v1/score', assay.url), { method: 'POST', body: form, headers })
}

/** Requests of other clients meanwhile. Each is answered as usual. */
async function othersAreAnswered(): Promise<void> {
  const picture = new FormData()
  picture.set('image', new Blob([new Uint8Array(samplePng(2))], { type: 'image/png' }), 'a.png')
  const file = new FormData()
  file.set('purpose', 'evals')
  file.set('file', new Blob(['[]']), 'a.json')
  const large = new FormData()
  large.set('purpose', 'evals')
  large.set('file', new Blob([new Uint8Array(3_000_000)]), 'a.bin')
  const visitor = newNetwork()
  const asked = [
    ...Array.from({ length: 5 }, () => scoreAs(visitor)),
    ...Array.from({ length: 5 }, () => scoreAs(withKey())),
    ...[picture].map((body) => assay.request('/v1/images', { method: 'POST', body })),
    ...[file, large].map((body) => assay.request('/v1/files', { method: 'POST', body })),
    assay.request('/v1/keys', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ name: 'k', role: 'member' }) }),
    assay.request('/v1/models'),
  ]
  const answers = await Promise.all(asked)
  for (const answer of answers) expect([200, 201], await answer.clone().text()).toContain(answer.status)
}

async function open(count: number, request: SlowRequest): Promise<void> {
  clients.push(...(await Promise.all(Array.from({ length: count }, () => slowClient(assay.url, request)))))
}

const waiting = () => clients.filter((client) => client.waiting()).length

/** The head of a form, and of a file in it. */
const HEAD = '--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'

describe.each([30, 60])('%i connections of one network without a key', (count) => {
  test.each<[string, Omit<SlowRequest, 'headers' | 'method'> & { type: Record<string, string> }]>([
    ['a form of which nothing comes', { path: '/v1/score', length: 9_000_000, type: FORM }],
    ['a form of which a head comes', { path: '/v1/score', length: 9_000_000, type: FORM, first: HEAD }],
    ['a form that trickles', { path: '/v1/score', length: 9_000_000, type: FORM, first: HEAD, trickle: 'x' }],
    ['a form in chunks', { path: '/v1/score', length: 'chunked', type: FORM, trickle: '1\r\nx\r\n' }],
    ['JSON that trickles', { path: '/v1/score', length: 1_000_000, type: JSON_TYPE, first: '{"image":"', trickle: 'x' }],
  ])('%s', async (_, { type, ...request }) => {
    await open(count, { method: 'POST', ...request, headers: { ...type, ...newNetwork() } })
    await othersAreAnswered()
    // 30 a minute are what a network may ask for: of more, the rest is refused at once.
    expect(waiting()).toBeGreaterThanOrEqual(30)
  })
})

describe.each([30, 60])('%i connections with a key', (count) => {
  const upload = async () => {
    const body = JSON.stringify({ filename: 'a', purpose: 'evals', bytes: 9_000_000, mime_type: 'text/plain' })
    return (await (await assay.request('/v1/uploads', { method: 'POST', headers: JSON_TYPE, body })).json()) as { id: string }
  }

  test.each<[string, () => Promise<Omit<SlowRequest, 'headers'>> | Omit<SlowRequest, 'headers'>, Record<string, string>]>([
    ['score', () => ({ method: 'POST', path: '/v1/score', length: 9_000_000, first: HEAD, trickle: 'x' }), FORM],
    ['images', () => ({ method: 'POST', path: '/v1/images', length: 9_000_000, first: HEAD, trickle: 'x' }), FORM],
    ['small files', () => ({ method: 'POST', path: '/v1/files', length: 2_000_000, first: HEAD, trickle: 'x' }), FORM],
    ['large files', () => ({ method: 'POST', path: '/v1/files', length: 49_000_000 }), FORM],
    [
      'large files that trickle',
      () => ({ method: 'POST', path: '/v1/files', length: 49_000_000, first: HEAD, trickle: 'x' }),
      FORM,
    ],
    ['datasets', () => ({ method: 'POST', path: '/v1/datasets', length: 49_000_000, first: HEAD, trickle: 'x' }), FORM],
    [
      'parts',
      async () => ({
        method: 'POST',
        path: `/v1/uploads/${(await upload()).id}/parts`,
        length: 49_000_000,
        first: HEAD,
        trickle: 'x',
      }),
      FORM,
    ],
    ['JSON', () => ({ method: 'POST', path: '/v1/evals', length: 900_000, first: '{', trickle: ' ' }), JSON_TYPE],
  ])('%s', async (_, request, type) => {
    await open(count, { ...(await request()), headers: { ...type, ...withKey() } })
    await othersAreAnswered()
    expect(waiting()).toBe(count)
  })
})
