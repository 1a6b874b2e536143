/**
 * Which addresses of endpoints are the same one.
 */
import { expect, test } from 'vitest'
import { addressDigest, endpointUrl } from '../../../src/contracts/endpoint-address.ts'

test.each(['https://EXAMPLE.com/v1', 'https://example.com:443/v1', 'https://example.com/v1//', 'https://example.com/v1#gpu'])(
  '%s has the digest of https://example.com/v1',
  async (address) => {
    expect(await addressDigest(address)).toBe(await addressDigest('https://example.com/v1'))
  },
)

test('another path or query is another address', async () => {
  const digests = ['', '/v1', '/v2', '/v1?api-version=1'].map((rest) => addressDigest(`https://example.com${rest}`))
  expect(new Set(await Promise.all(digests)).size).toBe(4)
})

test('the name follows the path; the query stays, a fragment does not', () => {
  expect(endpointUrl('https://example.com/v1/?k=1#gpu', 'chat/completions').href).toBe(
    'https://example.com/v1/chat/completions?k=1',
  )
})
