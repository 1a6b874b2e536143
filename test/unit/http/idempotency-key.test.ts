/** The `Idempotency-Key` header: valid keys, and the equality of both notations. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseKey } from '../../../src/http/idempotency-key.ts'

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 255,
})

describe('an idempotency key', () => {
  test.each([
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    // The form that openai-node generates, given the header's name.
    ['stainless-node-retry-8e03978e-40d5-43e8-bc93-6894a57f9324', 'stainless-node-retry-8e03978e-40d5-43e8-bc93-6894a57f9324'],
    [String.raw`"a \"b\" \\ c"`, String.raw`a "b" \ c`],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['"a, b"', 'a, b'],
  ])('%s is %s', (header, key) => {
    expect(parseKey(header)).toBe(key)
  })

  test.each([
    ['nothing', ''],
    ['an empty string', '""'],
    ['too long', 'x'.repeat(256)],
    ['too long in quotes', `"${'x'.repeat(256)}"`],
    ['two headers', 'a, b'],
    ['two strings', '"a", "b"'],
    ['a string with parameters', '"a";q=1'],
    ['an open string', '"a'],
    ['an escape of nothing', String.raw`"a\x"`],
    ['a space', 'a b'],
    ['letters beyond ASCII', 'schlüssel'],
    ['a control character', '"a\tb"'],
  ])('%s is refused by the name of the header', (_, header) => {
    expect(() => parseKey(header)).toThrow(/^Idempotency-Key: must be one key of 1–255 visible ASCII characters/)
  })

  test('is what RFC 8941 writes as a string, whatever it holds', () => {
    fc.assert(
      fc.property(printable, (key) => {
        expect(parseKey(`"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`)).toBe(key)
      }),
    )
  })

  test('bare or in quotes is the same key, or refused bare', () => {
    fc.assert(
      fc.property(printable, (key) => {
        let bare: string | null = null
        try {
          bare = parseKey(key)
        } catch {}
        // Header values have no surrounding space.
        if (!/^\s*".*"\s*$/.test(key)) expect([null, key.trim()]).toContain(bare)
      }),
    )
  })
})
