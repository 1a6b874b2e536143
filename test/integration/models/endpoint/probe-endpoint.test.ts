/** The probe against the reference endpoint over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_SETTINGS, type EndpointKind, type EndpointSettings } from '../../../../src/contracts/endpoint.ts'
import { createEgress } from '../../../../src/egress/egress.ts'
import { DIRECT_CAPABILITIES, probeEndpoint } from '../../../../src/models/endpoint/probe/probe-endpoint.ts'
import { signStandardWebhook } from '../../../../src/webhooks/standard-webhook.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../../../endpoint/server.ts'

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
let server: ReferenceEndpoint
beforeAll(async () => {
  server = await startReferenceEndpoint({ apiKey: SECRET })
})
afterAll(() => server.close())

let beforeRequest: (url: string) => void = () => {}

const egress = createEgress({
  fetch: () => Promise.reject(new Error('nothing here goes outside')),
  loopbackFetch: (url, init) => {
    beforeRequest(url)
    return fetch(url, init)
  },
  ownHosts: [],
})

interface Wish {
  readonly model?: string
  readonly secret?: string
  readonly path?: string
  readonly kind?: EndpointKind
  readonly requests?: EndpointSettings['requests']
}

async function probe({ model = 'rules', secret = SECRET, path = '/v1', kind = 'chat', requests = 'chat' }: Wish = {}) {
  server.clear()
  const endpoint = { name: 'gpu', baseUrl: `${server.url}${path}`, timeoutMs: 2000, maxAttempts: 5, concurrency: 1, kind }
  return probeEndpoint({
    endpoint: { ...endpoint, settings: { ...DEFAULT_SETTINGS, requests } },
    egress,
    model,
    secret,
    // The endpoint works in real time.
    sleep: () => new Promise((resolve) => setTimeout(resolve, 20)),
    random: () => 0,
    now: () => 0,
    newId: () => 'probe1',
    sign: (key, id, body) => signStandardWebhook([key], id, Date.now() / 1000, body),
  })
}

test('each capability is tried once, and its answer quoted', async () => {
  const results = await probe()
  expect(results.map(({ capability }) => capability)).toEqual(DIRECT_CAPABILITIES)
  expect(results.filter(({ works }) => !works)).toEqual([])
  expect(results[1]!.reason).toMatch(/^it answered "[a-z]+"$/)
  expect(results[3]!.reason).toBe('log-probabilities of 2 tokens came back')
  expect(results[5]!.reason).toBe('a vector of 8 numbers came back')
  expect(server.stats()).toMatchObject({ billed: 6, distinct: 6 })
})

test.each<[string, Parameters<typeof probe>[0], string, RegExp]>([
  ['another model', { model: 'gpt' }, 'endpoint_status_404', /does not exist; there are/],
  ['a wrong key', { secret: 'sk-wrong' }, 'endpoint_unauthorized', /\[secret\]/],
  ['another path', { path: '/v2' }, 'endpoint_status_404', /no route/],
])('%s fails in all, with the endpoint’s words and without the key', async (_, options, code, reason) => {
  const results = await probe(options)
  expect(results.map((each) => [each.works, each.code])).toEqual(DIRECT_CAPABILITIES.map(() => [false, code]))
  for (const each of results) expect(each.reason).toMatch(reason)
  expect(JSON.stringify(results)).not.toContain('sk-wrong')
})

test('an answer without an answer does not count as working', async () => {
  server.turn({ faults: { refused: 1 } })
  const results = await probe()
  server.turn({ faults: {} })
  expect(results.slice(0, 4).map(({ code }) => code)).toEqual(['no_answer', 'no_answer', 'no_answer', 'no_logprobs'])
  expect(results.slice(4).every(({ works }) => works)).toBe(true)
})

test.each(['chat', 'embeddings'] as const)(
  'an endpoint of batches is sent a batch of one %s request as well',
  async (requests) => {
    const results = await probe({ kind: 'batch', requests })
    expect(results.at(-1)).toEqual({
      capability: 'batch',
      works: true,
      reason: 'a batch of one request was answered',
      code: null,
    })
    expect(server.stats()).toMatchObject({ billed: 7 })
  },
)

test('a batch that is not answered soon was taken, and is cancelled', async () => {
  // The batch is answered after the test; the single requests before it have no delay.
  beforeRequest = (url) => url.endsWith('/batches') && server.turn({ latency_ms: [600_000, 600_000] })
  const results = await probe({ kind: 'batch' })
  beforeRequest = () => {}
  server.turn({ latency_ms: [0, 0] })
  expect(results.at(-1)).toMatchObject({ works: true, reason: expect.stringMatching(/^it took a batch .*cancel/) as string })
})

test('a batch whose request fails does not count as working', async () => {
  const results = await probe({ kind: 'batch', model: 'gpt' })
  expect(results.at(-1)).toMatchObject({ works: false, code: 'endpoint_status_404' })
})

describe('a worker of jobs is asked for a job that it does not have', () => {
  test('and its answer tells that it knows our signature, and no other', async () => {
    expect(await probe({ kind: 'job' })).toEqual([
      {
        capability: 'job',
        works: true,
        reason: 'it knows our signature, and answered 404 to a job that it does not have',
        code: null,
      },
    ])
    expect(server.stats()).toMatchObject({ billed: 0, jobs: 0 })
  })

  test('with another secret, it refuses', async () => {
    const [result] = await probe({ kind: 'job', secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` })
    expect(result).toMatchObject({ works: false, code: 'endpoint_unauthorized' })
  })

  test('at an address without jobs, the same 404 to any signature does not count as working', async () => {
    const [result] = await probe({ kind: 'job', path: '/v2' })
    expect(result).toMatchObject({ works: false, code: 'not_verified' })
  })
})
