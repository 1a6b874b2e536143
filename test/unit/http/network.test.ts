/** Addresses that a limiter counts as one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from '../../../src/http/network.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['local', 'local'],
])('%s is of %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16))

test('addresses are of one network exactly when their first 64 bits are the same, however they are written', () => {
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.array(group, { minLength: 8, maxLength: 8 }), (a, b) => {
      const network = a.slice(0, 4).join(':')
      expect(networkOf(a.join(':'))).toBe(`${network}::/64`)
      expect(networkOf([...a.slice(0, 4), ...b.slice(4)].map((hex) => hex.toUpperCase().padStart(4, '0')).join(':'))).toBe(
        `${network}::/64`,
      )
      expect(networkOf(b.join(':')) === networkOf(a.join(':'))).toBe(b.slice(0, 4).join(':') === network)
      expect(networkOf(new URL(`http://[${a.join(':')}]`).hostname.slice(1, -1))).toBe(`${network}::/64`)
    }),
  )
})
