import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64Length, writeBase64 } from '../../../../src/models/endpoint/base64.ts'

function encode(bytes: Uint8Array): string {
  const target = new Uint8Array(base64Length(bytes.length))
  writeBase64(bytes, target, 0)
  return new TextDecoder().decode(target)
}

// RFC 4648, section 10.
test.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('%j is %j', (plain, encoded) => expect(encode(new TextEncoder().encode(plain))).toBe(encoded))

test('it agrees with Node on any bytes', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => encode(bytes) === Buffer.from(bytes).toString('base64')))
})
