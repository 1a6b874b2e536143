/** Visibility and caching of responses, and the notation of numbers in queries. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'
import { createBodyMemory } from '../../../src/models/edge/body-memory.ts'
import type { Page } from '../../../src/contracts/records.ts'

const app = createApp()
const BASE = 'https://gpu.example.com/openai'
const stored = {
  name: 'gpu',
  baseUrl: `${BASE}?api-key=very-secret&v=1`,
  kind: 'chat',
  secretName: null,
  timeoutMs: 1,
  maxAttempts: 1,
  concurrency: 1,
  createdAt: 0,
}
const target = {
  id: 'we_1',
  url: 'https://hooks.example.com/',
  sealedSecret: '',
  name: '',
  eventTypes: [],
  secretHint: null,
  former: null,
  createdAt: 0,
  updatedAt: null,
  disabledAt: null,
}

let services: Services
let asked: (Page | { limit: number })[]

beforeEach(() => {
  asked = []
  const list = async (_tenant: string, page: Page) => {
    asked.push(page)
    return []
  }
  services = {
    explain: async (thrown: unknown) => thrown,
    bodies: createBodyMemory({ capacity: 12e6, visitors: 9e6 }),
    failedAttempts: { refused: () => false, count: async () => true },
    limits: { visitorRead: async () => true, key: async () => true },
    keys: {
      authenticate: async (bearer: string) => ({ tenant: 't', keyId: 'k', role: bearer }),
      list,
      create: async () => ({ id: 'k2', name: 'n', role: 'member', createdAt: 0, key: 'assay_secret' }),
    },
    catalogue: {
      endpoints: { list: async () => [stored], find: async () => stored, put: async () => stored },
      webhookTargets: { put: async () => target, list },
      triggers: { list },
      evals: { list },
      files: { list },
    },
    datasets: { list },
    sealer: { seal: async () => '' },
    newId: () => '0'.repeat(32),
    checkAddress: () => {},
    memory: () => ({ heap: 1 }),
    leaderboard: {
      rows: async (filter: { limit: number }) => {
        asked.push(filter)
        return []
      },
      tests: async () => [],
    },
    reports: { visibleBody: async () => '{}' },
    warmUp: () => {},
  } as unknown as Services
})

const as = (role: 'admin' | 'member' | null) => (role === null ? {} : { authorization: `Bearer ${role}` })
const get = (path: string, role: 'admin' | 'member' | null = 'admin') => app.request(path, { headers: as(role) }, { services })
const post = (path: string, body: unknown) =>
  app.request(
    path,
    { method: 'POST', headers: { ...as('admin'), 'content-type': 'application/json' }, body: JSON.stringify(body) },
    { services },
  )

describe('a whole number in a query', () => {
  const LISTS = [
    '/v1/keys',
    '/v1/evals',
    '/v1/files',
    '/v1/datasets',
    '/v1/triggers',
    '/v1/webhook_endpoints',
    '/v1/leaderboards',
  ]

  test.each(LISTS)('of %s is decimal digits', async (path) => {
    for (const wrong of [
      '0x27',
      '1e1',
      '%205',
      '5%20',
      '%2B5',
      '+5',
      '-5',
      '5.0',
      '1_0',
      '٣',
      '５',
      '0b11',
      '',
      'Infinity',
      'NaN',
    ]) {
      const refused = await get(`${path}?limit=${wrong}`)
      expect(refused.status, wrong).toBe(400)
      expect(await refused.json(), wrong).toMatchObject({ errors: [{ pointer: 'limit' }] })
    }
    expect(asked).toEqual([])
    for (const good of ['5', '05']) expect((await get(`${path}?limit=${good}`)).status).toBe(200)
    // A page asks for one more, to learn whether another follows.
    const one = path === '/v1/leaderboards' ? 5 : 6
    expect(asked.map(({ limit }) => limit)).toEqual([one, one])
  })

  test('says what is wrong with it', async () => {
    const detail = async (limit: string) => ((await (await get(`/v1/keys?limit=${limit}`)).json()) as { detail: string }).detail
    expect(await detail('0x27')).toBe('limit: must be a whole number in decimal digits')
    expect(await detail('0')).toBe('limit: must be at least 1')
    expect(await detail('9'.repeat(500))).toBe('limit: must be at most 100')
  })
})

describe('caches', () => {
  test.each<[string, () => Response | Promise<Response>]>([
    ['a new key', () => post('/v1/keys', { name: 'n' })],
    ['a webhook secret', () => post('/v1/webhook_endpoints', { url: 'https://hooks.example.com/' })],
    ['a list', () => get('/v1/keys')],
    ['an endpoint', () => get('/v1/endpoints/gpu')],
    ['the leaderboard', () => get('/v1/leaderboards', null)],
    ['a refusal', () => get('/v1/keys', null)],
    ['a path that is none', () => get('/v1/none', null)],
    ['health', () => get('/healthz', null)],
  ])('keep nothing of %s', async (_, ask) => {
    expect((await ask()).headers.get('cache-control')).toBe('no-store')
  })

  test('keep a report for whom it was given, by its key', async () => {
    const { headers } = await get(`/v1/reports/${'a'.repeat(64)}`)
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual([
      'private, max-age=31536000, immutable',
      expect.stringMatching(/authorization/i),
    ])
  })
})

describe('health', () => {
  test.each([null, 'member'] as const)('is all that %s learns', async (role) => {
    expect(await (await get('/healthz', role)).json()).toEqual({ status: 'ok' })
  })

  test('comes with memory for administrators', async () => {
    expect(await (await get('/healthz', 'admin')).json()).toEqual({ status: 'ok', memory: { heap: 1 } })
  })
})

describe("an endpoint's address", () => {
  test.each(['/v1/endpoints', '/v1/endpoints/gpu'])('in %s has its query for administrators only', async (path) => {
    const [admin, member] = await Promise.all(
      [get(path, 'admin'), get(path, 'member')].map(async (answer) => (await answer).text()),
    )
    expect(admin).toContain('api-key=very-secret')
    expect(member).not.toContain('secret&')
    expect(member).not.toContain('very-secret')
    expect(member).toContain(`"base_url":"${BASE}?[hidden]"`)
  })
})
