/** The probe against the reference endpoint over HTTP. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_SETTINGS } from '../../../../src/contracts/endpoint.ts'
import { createEgress } from '../../../../src/egress/egress.ts'
import { CAPABILITIES, probeEndpoint } from '../../../../src/models/endpoint/probe/probe-endpoint.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../../../endpoint/server.ts'

let server: ReferenceEndpoint
beforeAll(async () => {
  server = await startReferenceEndpoint({ apiKey: 'sk-reference' })
})
afterAll(() => server.close())

const egress = createEgress({
  fetch: () => Promise.reject(new Error('nothing here goes outside')),
  loopbackFetch: (url, init) => fetch(url, init),
  ownHosts: [],
})

async function probe({ model = 'rules', secret = 'sk-reference', path = '/v1' } = {}) {
  server.clear()
  const endpoint = { name: 'gpu', baseUrl: `${server.url}${path}`, timeoutMs: 2000, maxAttempts: 5, concurrency: 1 }
  return probeEndpoint({
    endpoint: { ...endpoint, settings: DEFAULT_SETTINGS },
    egress,
    model,
    secret,
    sleep: async () => {},
    random: () => 0,
    now: () => 0,
  })
}

test('each capability is tried once, and its answer quoted', async () => {
  const results = await probe()
  expect(results.map(({ capability }) => capability)).toEqual(CAPABILITIES)
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
  expect(results.map((each) => [each.works, each.code])).toEqual(CAPABILITIES.map(() => [false, code]))
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
