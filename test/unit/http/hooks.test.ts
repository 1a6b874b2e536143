/** Limits on deliveries to `/hooks/{trigger}`, by sender. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'
import { createBodyMemory } from '../../../src/models/edge/body-memory.ts'

const app = createApp()
const SECRET = 'a secret of sixteen characters'
const MOST_OF_A_NETWORK = 3
const MOST_SIGNED = 2

let services: Services
let spent: Map<string, number>
let looked: number

beforeEach(() => {
  spent = new Map()
  looked = 0
  const take = (most: number) => async (key: string) => {
    const before = spent.get(key) ?? 0
    spent.set(key, before + 1)
    return before < most
  }
  services = {
    explain: async (thrown: unknown) => thrown,
    failedAttempts: { refused: () => false, count: async () => true },
    bodies: createBodyMemory({ capacity: 12e6, visitors: 9e6 }),
    limits: { deliverySource: take(MOST_OF_A_NETWORK), signedDelivery: take(MOST_SIGNED) },
    sealer: { open: async () => SECRET },
    views: { runOfDelivery: () => Promise.reject(new Fault({ kind: 'not_found', resource: 'run', id: 'admitted' })) },
    catalogue: {
      triggers: {
        findAnywhere: async (id: string) => {
          looked++
          return {
            id,
            tenant: 't',
            name: 'n',
            evalId: 'e',
            scheme: 'github',
            sealedSecret: '',
            run: {},
            filter: null,
            commitStatus: null,
            createdAt: 0,
          }
        },
      },
    },
  } as unknown as Services
})

async function signature(body: string, secret: string): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return `sha256=${Buffer.from(await crypto.subtle.sign('HMAC', key, bytes(body))).toString('hex')}`
}

/** 404: accepted, and stopped where a run would start. Other tests cover the rest. */
async function deliver(address: string, { trigger = 'trig_1', secret = SECRET } = {}): Promise<Response> {
  const request = new Request(`https://assay.test/hooks/${trigger}`, {
    method: 'POST',
    headers: { 'cf-connecting-ip': address, 'x-hub-signature-256': await signature('{}', secret) },
    body: '{}',
  })
  return app.fetch(request, { services })
}

const statusOf = async (...of: Parameters<typeof deliver>) => (await deliver(...of)).status
const wrong = { secret: 'a secret that is another' }

describe('deliveries', () => {
  test('of a stranger are refused beyond their network’s share, and never the sender’s', async () => {
    for (let index = 0; index < MOST_OF_A_NETWORK; index++) expect(await statusOf('192.0.2.1', wrong)).toBe(401)
    const refused = await deliver('192.0.2.1', wrong)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('network') as string })
    expect(looked, 'nothing is looked up for what is refused').toBe(MOST_OF_A_NETWORK)
    expect(await statusOf('198.51.100.7'), 'the sender').toBe(404)
    expect(await statusOf('192.0.2.1', { trigger: 'trig_2' }), 'another trigger').toBe(404)
  })

  test('of strangers in many networks leave the signed ones their own share', async () => {
    for (let index = 0; index < 200; index++) expect(await statusOf(`192.0.2.${index}`, wrong)).toBe(401)
    expect(await statusOf('198.51.100.7')).toBe(404)
  })

  test('from the addresses of one IPv6 network are one network’s', async () => {
    for (let index = 0; index < MOST_OF_A_NETWORK; index++) expect(await statusOf(`2001:db8:1:2::${index}`, wrong)).toBe(401)
    expect(await statusOf('2001:db8:1:2:ffff::9', wrong)).toBe(429)
    expect(await statusOf('2001:db8:1:3::1')).toBe(404)
  })

  test('that are signed are limited by trigger, wherever they come from', async () => {
    for (let index = 0; index < MOST_SIGNED; index++) expect(await statusOf(`198.51.100.${index}`)).toBe(404)
    const refused = await deliver('198.51.100.9')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await statusOf('198.51.100.9', { trigger: 'trig_2' })).toBe(404)
  })

  test('to a name that goes on for ever are counted under a short one', async () => {
    await deliver('192.0.2.1', { trigger: 'x'.repeat(4000) })
    for (const key of spent.keys()) if (key.startsWith('192.0.2.1')) expect(key.length).toBeLessThan(100)
  })
})
