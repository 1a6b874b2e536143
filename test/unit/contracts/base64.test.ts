import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Length, fromBase64, toBase64, toBase64Url, writeBase64 } from '../../../src/contracts/base64.ts'

function written(bytes: Uint8Array): string {
  const target = new Uint8Array(base64Length(bytes.length) + 2).fill(0x2e)
  writeBase64(bytes, target, 1)
  return new TextDecoder().decode(target)
}

describe('the vectors of RFC 4648, section 10', () => {
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('%j is %j', (plain, encoded) => {
    const bytes = new TextEncoder().encode(plain)
    expect(toBase64(bytes)).toBe(encoded)
    expect(written(bytes)).toBe(`.${encoded}.`)
    expect(fromBase64(encoded)).toEqual(bytes)
  })
})

test('agrees with Node on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const expected = Buffer.from(bytes).toString('base64')
      return (
        toBase64(bytes) === expected &&
        written(bytes) === `.${expected}.` &&
        toBase64Url(bytes) === Buffer.from(bytes).toString('base64url') &&
        Buffer.from(bytes).equals(fromBase64(expected)!)
      )
    }),
  )
})

test.each([8190, 8191, 49_151, 49_152, 49_153, 200_000])('agrees with Node on %i bytes, more than one piece', (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 7919) >> 3)
  const expected = Buffer.from(bytes).toString('base64')
  expect(toBase64(bytes)).toBe(expected)
  expect(written(bytes)).toBe(`.${expected}.`)
  expect(Buffer.compare(fromBase64(expected)!, bytes)).toBe(0)
})

test.each(['@@@@', 'Zg=', 'Zg===', 'Z', 'Zm9v-_', 'Zm=v'])('%j is refused', (text) => expect(fromBase64(text)).toBeNull())

test.each(['Zm9v\n', ' Zm 9v', 'Zg'])('%j is read', (text) => {
  expect(Buffer.from(fromBase64(text)!)).toEqual(Buffer.from(text, 'base64'))
})
