/** Delivery to a real receiver over real HTTP, verified there by OpenAI's own SDK. */
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createEgress } from '../../../src/egress/egress.ts'
import { deliver } from '../../../src/webhooks/deliver.ts'
import { webhookEvent } from '../../../src/webhooks/event.ts'
import { createWebhookSecret } from '../../../src/webhooks/webhook-secret.ts'
import { type EndpointServer, startEndpointServer } from '../../endpoint-server/server.ts'

const secret = createWebhookSecret()
const egress = createEgress({
  fetch: () => Promise.reject(new Error('nothing here goes outside')),
  loopbackFetch: (url, init) => fetch(url, init),
  ownHosts: [],
})
let server: EndpointServer

beforeAll(async () => {
  server = await startEndpointServer()
})
afterAll(() => server.close())
beforeEach(() => server.control({ reset: true }))

function send(attempt: number, through = egress) {
  const event = webhookEvent({ id: 'evt_1', type: 'eval.run.succeeded', data: { id: 'evalrun_1' } }, 1_790_000_000)
  const target = { url: `${server.url}/webhook`, secrets: [secret] }
  return deliver({ target, event, chainDepth: 0, attempt, egress: through, now: Date.now, random: () => 0 })
}

test('a receiver that fails twice gets the same event three times', async () => {
  server.control({ failures: [{ route: 'webhook', status: 500, times: 2 }] })
  const outcomes = [await send(1), await send(2), await send(3)]
  expect(outcomes).toMatchObject([
    { outcome: 'retry', status: 500, retryAfterSeconds: 5 },
    { outcome: 'retry', status: 500, retryAfterSeconds: 300 },
    { outcome: 'delivered', status: 204 },
  ])
  const client = new OpenAI({ apiKey: 'unused', webhookSecret: secret })
  for (const { headers, body } of server.requests.webhooks) {
    expect(headers['webhook-id']).toBe('evt_1')
    expect(await client.webhooks.unwrap(body, headers)).toMatchObject({ type: 'eval.run.succeeded', data: { id: 'evalrun_1' } })
  }
  expect(server.requests.webhooks).toHaveLength(3)
})

test('a receiver that is gone, or hangs up', async () => {
  server.control({
    failures: [
      { route: 'webhook', status: 410 },
      { route: 'webhook', body: 'hang_up' },
    ],
  })
  expect(await send(1)).toMatchObject({ outcome: 'disable', status: 410 })
  expect(await send(1)).toMatchObject({ outcome: 'retry', status: null })
})

test('a receiver that redirects inward is not followed, and gets the event again', async () => {
  const inside = await startEndpointServer()
  try {
    server.control({ failures: [{ route: 'webhook', status: 307, headers: { location: `${inside.url}/webhook` } }] })
    expect(await send(1)).toMatchObject({ outcome: 'retry', status: 307, error: 'the receiver answered 307' })
    expect(inside.requests.webhooks).toEqual([])
  } finally {
    await inside.close()
  }
})

test('a receiver that is slow has its event once; one that is too slow gets it again', async () => {
  server.control({ failures: [{ route: 'webhook', status: 200, delay_ms: 300 }] })
  expect(await send(1)).toMatchObject({ outcome: 'delivered', status: 200 })
  expect(server.requests.webhooks).toHaveLength(1)

  server.control({ failures: [{ route: 'webhook', status: 200, delay_ms: 10_000 }] })
  let expire = (): void => {}
  const impatient = createEgress({
    fetch: () => Promise.reject(new Error('nothing here goes outside')),
    loopbackFetch: (url, init) => fetch(url, init),
    ownHosts: [],
    // The deadline of 20 s, when the request has arrived.
    timers: { setTimeout: (callback) => void (expire = callback), clearTimeout: () => {} },
  })
  const sent = send(1, impatient)
  await vi.waitFor(() => expect(server.requests.webhooks).toHaveLength(2))
  expire()
  expect(await sent).toMatchObject({ outcome: 'retry', status: null })
})

test('an answer that goes on for ever is not read', async () => {
  server.control({ failures: [{ route: 'webhook', status: 200, body: 'truncate' }] })
  expect(await send(1)).toMatchObject({ outcome: 'delivered', status: 200 })
})
