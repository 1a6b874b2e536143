/** Delivery to a real receiver over real HTTP, verified there by OpenAI's own SDK. */
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEgress } from '../../../src/egress/egress.ts'
import { deliver } from '../../../src/webhooks/deliver.ts'
import { runEvent } from '../../../src/webhooks/event.ts'
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

function send(attempt: number) {
  const event = runEvent({ id: 'evt_1', type: 'eval.run.succeeded', data: { id: 'evalrun_1' } }, 1_790_000_000)
  const target = { url: `${server.url}/webhook`, secrets: [secret] }
  return deliver({ target, event, chainDepth: 0, attempt, egress, now: Date.now, random: () => 0 })
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
