/** Lower case as OpenJDK 17.0.15 gave it. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { javaLowerCase } from '../../../src/metrics/java-lower-case.ts'
import { meteorWords } from '../../../src/metrics/meteor.ts'

describe('letters younger than Unicode 13 keep their case', () => {
  test.each(['\u1C89', '\u2C2F', '\uA7C0', '\uA7DC', '\u{10570}', '\u{10595}', '\u{10D50}', '\u{16EB8}'])('%s', (letter) => {
    expect(letter.toLowerCase()).not.toBe(letter)
    expect(javaLowerCase(`A${letter}B`)).toBe(`a${letter}b`)
    expect(meteorWords(letter)).toEqual([letter])
  })

  test('their neighbours do not', () => {
    expect(javaLowerCase('\u2C2E\uA7C2\u{10400}İ')).toBe('\u2C5E\uA7C3\u{10428}i\u0307')
  })
})

test('a capital sigma is final by the other letters of its word', () => {
  expect(javaLowerCase('ΟΔΥΣΣΕΥΣ \u2C2F Σ')).toBe('οδυσσευς \u2C2F σ')
})

/** SHA-256 of the output of `java test/golden/generate/LowerCase.java`. */
const GOLDEN = '4dd59419ba49af52cd4ce6d7075c01efa86a35ceed94f81a4a1b1f914ffe10d3'

test('every code point has the lower case that Java gives it', () => {
  const hex = (text: string) => Array.from(text, (character) => `${character.codePointAt(0)!.toString(16)}_`).join('')
  const lines: string[] = []
  for (let code = 0; code < 0x110000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue
    const text = String.fromCodePoint(code)
    const lower = javaLowerCase(text)
    if (lower !== text) lines.push(`${code.toString(16)} ${hex(lower)}\n`)
  }
  expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(GOLDEN)
})
