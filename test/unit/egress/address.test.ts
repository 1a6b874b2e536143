import { describe, expect, test } from 'vitest'
import { checkAddress } from '../../../src/egress/address.ts'
import { type AddressRefusal, EgressError } from '../../../src/egress/egress-error.ts'

const ownHosts = ['assay.example.org', 'localhost:8787']

function verdict(address: string, loopback = false): string {
  try {
    const checked = checkAddress(address, { ownHosts, loopback })
    return `${checked.loopback ? 'loopback ' : ''}${checked.url.href}`
  } catch (error) {
    if (!(error instanceof EgressError) || error.failure.code !== 'address_refused') throw error
    return error.failure.reason
  }
}

describe('an address that may be fetched', () => {
  test.each([
    ['https://images.example.com/a.png?x=1', 'https://images.example.com/a.png?x=1'],
    ['https://images.example.com:443/', 'https://images.example.com/'],
    ['HTTPS://IMAGES.Example.COM/A', 'https://images.example.com/A'],
    ['https://example.com./a', 'https://example.com/a'],
    ['https://example.com/#fragment', 'https://example.com/'],
    ['https://bücher.example.com/', 'https://xn--bcher-kva.example.com/'],
    ['https://my_bucket.s3.amazonaws.com/', 'https://my_bucket.s3.amazonaws.com/'],
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
    ['https://10.0.0.1.example.com/', 'https://10.0.0.1.example.com/'],
    ['https://not-assay.example.org/', 'https://not-assay.example.org/'],
  ])('%s', (address, expected) => expect(verdict(address)).toBe(expected))
})

describe('an address that may not', () => {
  test.each<[string, AddressRefusal]>([
    ['', 'not_a_url'],
    ['/relative', 'not_a_url'],
    ['https://', 'not_a_url'],
    ['https://1.2.3.4.5/', 'not_a_url'],
    ['https://example.com%00.evil.org/', 'not_a_url'],
    ['http://example.com/', 'scheme'],
    ['ftp://example.com/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['data:image/png;base64,AAAA', 'scheme'],
    ['blob:https://example.com/1', 'scheme'],
    ['https://user@example.com/', 'credentials'],
    ['https://user:password@example.com/', 'credentials'],
    ['https://:password@example.com/', 'credentials'],
    ['https://example.com:8443/', 'port'],
    ['https://example.com:80/', 'port'],
    ['https://127.0.0.1/', 'ip_literal'],
    ['https://127.0.0.1./', 'ip_literal'],
    ['https://127.1/', 'ip_literal'],
    ['https://2130706433/', 'ip_literal'],
    ['https://0x7f000001/', 'ip_literal'],
    ['https://0x7f.0.0.1/', 'ip_literal'],
    ['https://0177.0.0.1/', 'ip_literal'],
    ['https://①②⑦.0.0.1/', 'ip_literal'],
    ['https://１２７。0.0.1/', 'ip_literal'],
    ['https://169.254.169.254/latest/meta-data', 'ip_literal'],
    ['https://8.8.8.8/', 'ip_literal'],
    ['https://[::1]/', 'ip_literal'],
    ['https://[::ffff:127.0.0.1]/', 'ip_literal'],
    ['https://[::ffff:7f00:1]/', 'ip_literal'],
    ['https://[fd00::1]/', 'ip_literal'],
    ['https://[64:ff9b::7f00:1]/', 'ip_literal'],
    ['https://localhost/', 'special_name'],
    ['https://LOCALHOST./', 'special_name'],
    ['https://app.localhost/', 'special_name'],
    ['https://printer.local/', 'special_name'],
    ['https://metadata.google.internal/', 'special_name'],
    ['https://metadata.google.internal./', 'special_name'],
    ['https://router.home.arpa/', 'special_name'],
    ['https://1.0.0.127.in-addr.arpa/', 'special_name'],
    ['https://db.corp/', 'special_name'],
    ['https://x.onion/', 'special_name'],
    ['https://intranet/', 'special_name'],
    ['https://database/', 'single_label'],
    ['https://com./', 'single_label'],
    ['https://example..com/', 'malformed_name'],
    ['https://example.com../', 'malformed_name'],
    ['https://.example.com/', 'malformed_name'],
    ['https://-a.example.com/', 'malformed_name'],
    ['https://a$b.example.com/', 'malformed_name'],
    [`https://${'a'.repeat(64)}.example.com/`, 'malformed_name'],
    [`https://${'a.'.repeat(130)}com/`, 'malformed_name'],
    ['https://assay.example.org/v1/score', 'own_host'],
    ['https://ASSAY.example.org./v1/score', 'own_host'],
  ])('%s is refused: %s', (address, reason) => expect(verdict(address)).toBe(reason))
})

describe('loopback', () => {
  test.each([
    ['http://127.0.0.1:9000/hook', 'loopback http://127.0.0.1:9000/hook'],
    ['http://localhost:9000/', 'loopback http://localhost:9000/'],
    ['http://[::1]:9000/', 'loopback http://[::1]:9000/'],
    ['http://2130706433:9000/', 'loopback http://127.0.0.1:9000/'],
    ['https://example.com/', 'https://example.com/'],
    ['http://127.0.0.2:9000/', 'scheme'],
    ['http://192.168.0.1:9000/', 'scheme'],
    ['http://example.com/', 'scheme'],
    ['https://127.0.0.1/', 'ip_literal'],
    ['http://user@127.0.0.1:9000/', 'credentials'],
    ['http://127.0.0.1:8787/v1/evals', 'own_host'],
    ['http://[::1]:8787/v1/evals', 'own_host'],
  ])('%s', (address, expected) => expect(verdict(address, true)).toBe(expected))

  test('is closed unless opened', () => expect(verdict('http://127.0.0.1:9000/')).toBe('scheme'))
})

test('a refusal does not repeat the path or query, which may hold a secret', () => {
  expect(() => checkAddress('https://10.0.0.1/x?token=hunter2', { ownHosts, loopback: false })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }) as Error,
  )
})
