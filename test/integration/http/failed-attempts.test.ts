/** Wrong keys and unknown triggers: their cost, and their effect on others. */
import { beforeEach, describe, expect, test } from 'vitest'
import { makeKey } from '../../../scripts/local-key.ts'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'
import { createBodyMemory } from '../../../src/models/edge/body-memory.ts'
import { createFailedAttempts } from '../../../src/http/failed-attempts.ts'
import { createEvalStore } from '../../../src/storage/catalogue/eval-store.ts'
import { createTriggerStore } from '../../../src/storage/catalogue/trigger-store.ts'
import { createKeyStore } from '../../../src/storage/key-store.ts'
import { createTableSnapshot } from '../../../src/storage/table-snapshot.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const app = createApp()
const MOST = 5
const configured = makeKey()

let services: Services
let evals: ReturnType<typeof createEvalStore>
let now: number
let queries: number
let counted: number

beforeEach(() => {
  now = 1_000_000
  queries = counted = 0
  const clock = { now: () => now }
  const spent = new Map<string, number>()
  const { db } = sqliteD1(async () => void queries++)
  const { LOCAL_KEY_HASH: secretHash } = configured.bindings
  evals = createEvalStore(db, clock)
  services = {
    explain: async (thrown: unknown) => thrown,
    bodies: createBodyMemory({ capacity: 12e6, visitors: 9e6 }),
    limits: { key: async () => true, deliverySource: async () => true },
    failedAttempts: createFailedAttempts(clock)(async (source) => {
      counted++
      const key = `${Math.floor(now / 60_000)} ${source}`
      spent.set(key, (spent.get(key) ?? 0) + 1)
      return spent.get(key)! <= MOST
    }),
    keys: createKeyStore(db, clock, { id: configured.id, secretHash, tenant: 'main' }, createTableSnapshot(clock)),
    catalogue: { triggers: createTriggerStore(db, clock, createTableSnapshot(clock)) },
    clock,
    memory: () => ({}),
    sealer: { open: async () => 'a secret of sixteen' },
  } as unknown as Services
})

const ask = (bearer: string, address = '192.0.2.1') =>
  app.request('/healthz', { headers: { authorization: `Bearer ${bearer}`, 'cf-connecting-ip': address } }, { services })
const deliver = (trigger: string, address = '192.0.2.1') =>
  app.request(`/hooks/${trigger}`, { method: 'POST', headers: { 'cf-connecting-ip': address }, body: '{}' }, { services })
const statusOf = async (answer: Response | Promise<Response>) => (await answer).status

describe('wrong keys', () => {
  const wrong = () => makeKey().key

  test('beyond a network’s share are 429 with Retry-After, and cost no query', async () => {
    for (let index = 0; index < MOST; index++) expect(await statusOf(ask(wrong()))).toBe(401)
    expect(queries).toBe(MOST)
    const refused = await ask(wrong())
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('wrong keys') as string })
    const [before, countedBefore] = [queries, counted]
    for (let index = 0; index < 200; index++) expect(await statusOf(ask(wrong(), '192.0.2.1'))).toBe(429)
    // One query for all of them: the existing keys.
    expect(queries - before).toBeLessThanOrEqual(1)
    expect(counted).toBe(countedBefore)
    expect(await statusOf(ask(wrong(), '192.0.2.2')), 'another network').toBe(401)
  })

  test('hold up no valid key of the network, not even one made or revoked meanwhile', async () => {
    const early = await services.keys.create('main', 'early', 'member')
    for (let index = 0; index <= MOST; index++) await ask(wrong())
    expect(await statusOf(ask(early.key))).toBe(200)
    expect(await statusOf(ask(configured.key))).toBe(200)
    const late = await services.keys.create('main', 'late', 'member')
    expect(await statusOf(ask(late.key))).toBe(200)
    await services.keys.revoke('main', early.id)
    expect(await statusOf(ask(early.key))).toBe(429)
    now += 5000
    await ask(early.key)
    const before = queries
    expect(await statusOf(ask(early.key))).toBe(429)
    expect(queries, 'no query for a key that was revoked some seconds ago').toBe(before)
    expect(await statusOf(ask(`assay_${late.id}_${'A'.repeat(43)}`)), 'the right id with another secret').toBe(429)
    expect(await statusOf(ask(`assay_${configured.id}_${'A'.repeat(43)}`))).toBe(429)
    expect(await statusOf(ask('no key at all'))).toBe(429)
  })

  test('are checked again after a minute', async () => {
    for (let index = 0; index <= MOST; index++) await ask(wrong())
    expect(await statusOf(ask(wrong()))).toBe(429)
    now += 61_000
    expect(await statusOf(ask(wrong()))).toBe(401)
  })

  test('from addresses of one IPv6 network count together', async () => {
    for (let index = 0; index < MOST; index++) await ask(wrong(), `2001:db8:1:2::${index}`)
    expect(await statusOf(ask(wrong(), '2001:db8:1:2:ffff::1'))).toBe(429)
    expect(await statusOf(ask(wrong(), '2001:db8:1:3::1'))).toBe(401)
  })
})

describe('unknown triggers', () => {
  let turn = 0
  const unknown = () => `trig_${(turn++).toString(16).padStart(32, '0')}`

  test('beyond a network’s share are 429, cost no query, and hold up no delivery to one that is there', async () => {
    const { catalogue } = services
    await evals.put('main', {
      id: 'eval_1',
      name: null,
      dataSourceConfig: { type: 'dataset', task: 'vqa' },
      criteria: [],
      metadata: null,
    })
    const record = {
      tenant: 'main',
      name: 'n',
      evalId: 'eval_1',
      scheme: 'github' as const,
      sealedSecret: '',
      run: {},
      filter: null,
      commitStatus: null,
    }
    await catalogue.triggers.put({ ...record, id: 'trig_there' })
    const used = queries
    for (let index = 0; index < MOST; index++) expect(await statusOf(deliver(unknown()))).toBe(404)
    expect(queries - used).toBe(MOST)
    const refused = await deliver(unknown())
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    const before = queries
    for (let index = 0; index < 200; index++) expect(await statusOf(deliver(unknown()))).toBe(429)
    expect(queries - before).toBeLessThanOrEqual(1)
    // 401: the trigger was found, and the signature is missing.
    expect(await statusOf(deliver('trig_there'))).toBe(401)
    await catalogue.triggers.put({ ...record, id: 'trig_new' })
    expect(await statusOf(deliver('trig_new'))).toBe(401)
    expect(await statusOf(deliver(unknown(), '192.0.2.2')), 'another network').toBe(404)
  })
})
