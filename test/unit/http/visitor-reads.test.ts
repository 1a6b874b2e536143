/** Limits on visitors without a key, for every read that costs a query. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'

const app = createApp()
const MOST = 3
const DIGEST = 'a'.repeat(64)

let services: Services
let looked: number

beforeEach(() => {
  looked = 0
  const spent = new Map<string, number>()
  const look = async <T>(found: T) => {
    looked++
    return found
  }
  services = {
    explain: async (thrown: unknown) => thrown,
    failedAttempts: { refused: () => false, count: async () => true },
    limits: {
      visitorRead: async (network: string) => {
        spent.set(network, (spent.get(network) ?? 0) + 1)
        return spent.get(network)! <= MOST
      },
      key: async () => true,
    },
    keys: { authenticate: async () => ({ tenant: 't', keyId: 'k', role: 'member' }) },
    reports: { visibleBody: () => look('{"spec":{"criteria":[]},"criteria":[]}') },
    manifests: {
      ofReport: () => look([{ tenant: 't', runId: 'evalrun_1', body: '{}', signature: { keyId: 'k', jws: 'a.b.c' } }]),
    },
    signingKeys: { list: () => look([]) },
    leaderboard: { rows: () => look([]), tests: async () => [] },
    edgeModels: { list: () => look([]), find: () => look(null) },
    warmUp: () => {},
  } as unknown as Services
})

const get = (path: string, address: string, headers: Record<string, string> = {}) =>
  app.request(path, { headers: { 'cf-connecting-ip': address, ...headers } }, { services })

interface Document {
  readonly paths: Record<string, { readonly get?: { readonly security: readonly object[] } }>
}
const { paths } = (await (await app.request('/openapi.json', {}, { services: {} as Services })).json()) as Document
/** Operations without a query need no limit. */
const FREE = new Set(['/healthz', '/openapi.json'])
const READS = Object.entries(paths)
  // A signed address is verified before any query.
  .filter(([path, { get: operation }]) => operation?.security.length === 0 && !FREE.has(path) && !path.includes('{token}'))
  .map(([path]) => path.replace('{digest}', DIGEST).replace('{id}', 'assay-clip'))

describe('reads by visitors', () => {
  test('is reports with their bounds and manifests, leaderboards, models and signing keys', () => {
    expect(READS.toSorted()).toEqual([
      '/v1/leaderboards',
      '/v1/models',
      '/v1/models/assay-clip',
      `/v1/reports/${DIGEST}`,
      `/v1/reports/${DIGEST}/errored_bounds`,
      `/v1/reports/${DIGEST}/manifests`,
      '/v1/signing_keys',
    ])
  })

  test.each(READS)('%s: a network has a share, and nothing is looked up beyond it', async (path) => {
    for (let index = 0; index < MOST; index++) expect((await get(path, `2001:db8:1:2::${index}`)).status).not.toBe(429)
    expect(looked).toBe(MOST)
    const refused = await get(path, '2001:db8:1:2::ffff')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('use a key') as string })
    expect(looked).toBe(MOST)
    expect((await get(path, '192.0.2.1')).status, 'another network').not.toBe(429)
    expect((await get(path, '2001:db8:1:2::0', { authorization: 'Bearer k' })).status, 'with a key').not.toBe(429)
  })
})
