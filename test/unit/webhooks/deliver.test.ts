import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { createEgress, type EgressRequest } from '../../../src/egress/egress.ts'
import { EgressError, type EgressFailure } from '../../../src/egress/egress-error.ts'
import { deliver, type Delivery } from '../../../src/webhooks/deliver.ts'
import { encodeEvent, webhookEvent, type WebhookEventType } from '../../../src/webhooks/event.ts'
import { sendTestEvent } from '../../../src/webhooks/test-delivery.ts'
import { createWebhookSecret } from '../../../src/webhooks/webhook-secret.ts'

const NOW = Date.now()
const target = { url: 'https://receiver.example.com/hook', secrets: [createWebhookSecret()] }
const event = webhookEvent({ id: 'evt_1', type: 'eval.run.succeeded', data: { id: 'evalrun_1' } }, NOW / 1000)

/** One attempt against a receiver that answers, or fails, in one way. */
async function attempt(
  answer: { status: number; headers?: Record<string, string> } | EgressFailure,
  changes: Partial<Delivery> = {},
) {
  const sent: { url: string; request: EgressRequest }[] = []
  const egress: Delivery['egress'] = {
    async fetch(url, request) {
      sent.push({ url: String(url), request })
      if ('code' in answer) throw new EgressError(answer)
      return { status: answer.status, headers: new Headers(answer.headers), bytes: new Uint8Array() }
    },
  }
  const outcome = await deliver({ target, event, chainDepth: 3, attempt: 1, egress, now: () => NOW, random: () => 0, ...changes })
  return { outcome, sent: sent[0]! }
}

describe("OpenAI's SDK accepts what is sent", () => {
  const client = new OpenAI({ apiKey: 'unused', webhookSecret: target.secrets[0]! })

  test.each<WebhookEventType>(['eval.run.succeeded', 'eval.run.failed', 'eval.run.canceled'])('%s', async (type) => {
    const { sent } = await attempt(
      { status: 200 },
      { event: webhookEvent({ id: 'evt_2', type: type, data: { id: 'evalrun_2' } }, 1_790_000_000.9) },
    )
    const payload = new TextDecoder().decode(sent.request.body as Uint8Array)
    expect(await client.webhooks.unwrap(payload, sent.request.headers)).toEqual({
      id: 'evt_2',
      object: 'event',
      type,
      created_at: 1_790_000_000,
      data: { id: 'evalrun_2' },
    })
  })

  test('with both secrets while they rotate, and not when changed on the way', async () => {
    const { sent } = await attempt(
      { status: 200 },
      { target: { ...target, secrets: [createWebhookSecret(), ...target.secrets] } },
    )
    const payload = new TextDecoder().decode(sent.request.body as Uint8Array)
    await client.webhooks.unwrap(payload, sent.request.headers)
    await expect(client.webhooks.unwrap(payload.replace('evalrun_1', 'evalrun_2'), sent.request.headers)).rejects.toThrow(
      'signature',
    )
  })
})

test('an event says how many triggers led to its run', async () => {
  const { sent } = await attempt({ status: 200 })
  expect(sent.request.headers).toMatchObject({ 'assay-chain-depth': '3' })
})

describe('a status means', () => {
  test.each([
    [200, { outcome: 'delivered', status: 200 }],
    [204, { outcome: 'delivered', status: 204 }],
    [301, { outcome: 'retry', retryAfterSeconds: 5 }],
    [307, { outcome: 'retry', retryAfterSeconds: 5 }],
    [400, { outcome: 'retry', retryAfterSeconds: 5 }],
    [404, { outcome: 'retry', retryAfterSeconds: 5 }],
    [410, { outcome: 'disable', status: 410 }],
    [429, { outcome: 'retry', retryAfterSeconds: 60 }],
    [500, { outcome: 'retry', retryAfterSeconds: 5 }],
    [502, { outcome: 'retry', retryAfterSeconds: 60 }],
    [503, { outcome: 'retry', retryAfterSeconds: 5 }],
    [504, { outcome: 'retry', retryAfterSeconds: 60 }],
  ])('%i: %j', async (status, expected) => expect((await attempt({ status })).outcome).toMatchObject(expected))
})

test.each([
  [503, '30', 30],
  [503, '2', 5],
  [429, '90', 90],
  [503, '999999999', 86_400],
  [503, new Date(Math.ceil(NOW / 1000) * 1000 + 120_000).toUTCString(), expect.closeTo(120, -1)],
])('Retry-After of a %i with %s: wait %s s', async (status, value, expected) => {
  const { outcome } = await attempt({ status, headers: { 'retry-after': value } })
  expect(outcome).toMatchObject({ outcome: 'retry', retryAfterSeconds: expected })
})

test('the schedule goes on, with jitter, and ends', async () => {
  expect((await attempt({ status: 500 }, { attempt: 3, random: () => 0.5 })).outcome).toMatchObject({
    retryAfterSeconds: expect.closeTo(1980, 6),
  })
  expect((await attempt({ status: 500 }, { attempt: 10 })).outcome).toMatchObject({ outcome: 'give_up', status: 500 })
  expect((await attempt({ status: 200 }, { attempt: 10 })).outcome).toMatchObject({ outcome: 'delivered' })
})

test.each<[EgressFailure, object]>([
  [
    { code: 'timeout', milliseconds: 20_000 },
    { outcome: 'retry', status: null },
  ],
  [
    { code: 'network', detail: 'could not reach receiver.example.com' },
    { outcome: 'retry', status: null },
  ],
  [
    { code: 'address_refused', reason: 'ip_literal', detail: 'no' },
    { outcome: 'give_up', status: null },
  ],
])('no answer: %j', async (failure, expected) => expect((await attempt(failure)).outcome).toMatchObject(expected))

test('a repeat has the same id and bytes, but the time of its attempt', async () => {
  const first = (await attempt({ status: 500 })).sent.request
  const second = (await attempt({ status: 200 }, { now: () => NOW + 300_000, attempt: 2 })).sent.request
  expect(second.body).toEqual(first.body)
  expect(second.headers!['webhook-id']).toBe('evt_1')
  expect(Number(second.headers!['webhook-timestamp'])).toBe(Number(first.headers!['webhook-timestamp']) + 300)
  expect(second.headers!['webhook-signature']).not.toBe(first.headers!['webhook-signature'])
})

test('through the real egress, a success with an endless body is delivered', async () => {
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024)) })
  const egress = createEgress({ fetch: async () => new Response(body), ownHosts: [] })
  expect((await attempt({ status: 0 }, { egress })).outcome).toEqual({ outcome: 'delivered', status: 200 })
})

test('an oversized event is a programming error', async () => {
  expect(encodeEvent(event).length).toBeLessThan(200)
  const fat = webhookEvent({ id: 'evt_1', type: 'eval.run.failed', data: { id: 'x'.repeat(20_000) } }, 0)
  await expect(attempt({ status: 200 }, { event: fat })).rejects.toThrow('is too large')
})

describe('a sample event', () => {
  const parts = (fetch: Delivery['egress']['fetch']) => ({
    sealer: { open: async (sealed: string) => sealed },
    egress: { fetch },
    clock: { now: () => NOW },
    newId: () => 'a'.repeat(32),
    random: () => 0,
  })
  const registered = {
    id: 'we_1',
    url: target.url,
    name: '',
    eventTypes: [],
    sealedSecret: target.secrets[0]!,
    secretHint: null,
    former: null,
    createdAt: 1,
    updatedAt: null,
    disabledAt: null,
  }

  test.each([
    [200, null],
    [302, 'the receiver answered 302: a real event would be sent again for three days'],
    [410, 'the receiver answered 410: a real event would switch this webhook endpoint off'],
    [500, 'the receiver answered 500: a real event would be sent again for three days'],
  ])('returns the status %d and what it means, signed as any event', async (status, refusal) => {
    const sent: EgressRequest[] = []
    const answered = await sendTestEvent(
      parts(async (_url, request) => {
        sent.push(request)
        return { status, headers: new Headers(), bytes: new Uint8Array() }
      }),
      registered,
      'eval.run.failed',
    )
    const payload = new TextDecoder().decode(sent[0]!.body as Uint8Array)
    const client = new OpenAI({ apiKey: 'unused', webhookSecret: target.secrets[0]! })
    expect([answered, sent.length]).toEqual([{ status, refusal }, 1])
    expect(await client.webhooks.unwrap(payload, sent[0]!.headers)).toMatchObject({
      id: `evt_test_${'a'.repeat(32)}`,
      type: 'eval.run.failed',
    })
  })

  test('without an answer says why', async () => {
    const refused = parts(() => Promise.reject(new EgressError({ code: 'timed_out', message: 'no answer in 20 s' } as never)))
    await expect(sendTestEvent(refused, registered, 'eval.run.failed')).rejects.toMatchObject({
      failure: { kind: 'unprocessable', detail: expect.stringContaining('did not answer') as string },
    })
  })
})
