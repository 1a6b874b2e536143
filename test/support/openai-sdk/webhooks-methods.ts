/**
 * `client.webhooks`.
 * @module
 */
import type OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import type { components } from '../../../src/contracts/api-types.d.ts'
import { differences, type SdkMethod, type SdkWorld } from './sdk-method.ts'

type Schemas = components['schemas']

const MANAGEMENT = '7.19.0'
const SIGNATURES = '5.8.0'

const targetAnswer = differences<Schemas['WebhookEndpoint'], OpenAI.Webhooks.WebhookEndpoint>()('WebhookEndpoint', {
  updated_at: 'null until it is changed',
})

/** A delivery as the receiver gets it. */
function delivery({ made }: SdkWorld) {
  const secret = made['secret']!
  const payload = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'eval.run.succeeded',
    created_at: 1,
    data: { id: 'evalrun_1' },
  })
  const now = new Date()
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', now, payload),
  }
  return { secret, payload, headers }
}

export const webhooksMethods: readonly SdkMethod[] = [
  {
    method: 'webhooks.create',
    since: MANAGEMENT,
    request: '`event_types` are the three of evals',
    call: async ({ client, made, receiver }) => {
      const target = await client.webhooks.create({ name: 'ci', url: receiver, event_types: ['eval.run.succeeded'] })
      made['target'] = target.id
      made['secret'] = target.signing_secret
      return target
    },
  },
  {
    method: 'webhooks.retrieve',
    since: MANAGEMENT,
    answer: targetAnswer,
    call: ({ client, made }) => client.webhooks.retrieve(made['target']!),
  },
  {
    method: 'webhooks.update',
    since: MANAGEMENT,
    answer: targetAnswer,
    call: ({ client, made }) => client.webhooks.update(made['target']!, { name: 'nightly' }),
  },
  { method: 'webhooks.list', since: MANAGEMENT, answer: targetAnswer, call: ({ client }) => client.webhooks.list({ limit: 5 }) },
  {
    method: 'webhooks.rotateSecret',
    since: MANAGEMENT,
    call: async ({ client, made }) => {
      const target = await client.webhooks.rotateSecret(made['target']!, { keep_old_secret_active_for_24_hours: true })
      made['secret'] = target.signing_secret
      return target
    },
  },
  {
    method: 'webhooks.test',
    since: MANAGEMENT,
    request: 'no answer of the receiver is a 422',
    call: async ({ client, made }) => {
      const result = await client.webhooks.test(made['target']!, { event_type: 'eval.run.succeeded' })
      if (result.status_code !== 200) throw new Error(`the receiver answered ${result.status_code}`)
      return result
    },
  },
  { method: 'webhooks.eventTypes.list', since: MANAGEMENT, call: ({ client }) => client.webhooks.eventTypes.list() },
  {
    method: 'webhooks.unwrap',
    since: SIGNATURES,
    call: async (world) => {
      const { secret, payload, headers } = delivery(world)
      return world.client.webhooks.unwrap(payload, headers, secret)
    },
  },
  {
    method: 'webhooks.verifySignature',
    since: SIGNATURES,
    call: async (world) => {
      const { secret, payload, headers } = delivery(world)
      await world.client.webhooks.verifySignature(payload, headers, secret)
      return 'verified'
    },
  },
  { method: 'webhooks.delete', since: MANAGEMENT, call: ({ client, made }) => client.webhooks.delete(made['target']!) },
]
