import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteCharacters } from '../../../src/text/byte-level.ts'
import { literalRegex, referenceRegex } from '../../../src/text/reference-regex.ts'
import { splitAt } from '../../../src/text/splitting.ts'
import { utf8 } from '../../../src/text/utf8.ts'
import { anyText } from '../../support/any-text.ts'

const found = (pattern: string, text: string): string[] => text.match(referenceRegex(pattern)) ?? []

test('white space is Unicode’s, not JavaScript’s', () => {
  expect(found('\\s', 'a\u0085b\ufeffc\u00a0')).toEqual(['\u0085', '\u00a0'])
  expect(found('\\S', 'a\u0085\ufeff')).toEqual(['a', '\ufeff'])
  expect(found('[^\\S\\p{N}]', 'a 1\u2028')).toEqual([' ', '\u2028'])
})

test('letters and numbers are Unicode 16’s', () => {
  expect(found('\\p{L}+', 'aßñ的한\u0301x')).toEqual(['aßñ的한', 'x'])
  // U+088F is a letter since Unicode 17.
  expect(found('\\p{L}', '\u088f')).toEqual([])
  expect(found('\\P{L}', '\u088fa')).toEqual(['\u088f'])
  expect(found('\\p{^N}', '1a')).toEqual(['a'])
  expect(found('\\p{N}', '1½Ⅷ٣')).toEqual(['1', '½', 'Ⅷ', '٣'])
})

test('literals, ranges, groups and quantifiers', () => {
  expect(found("'s|'t|a{2,3}|(?:xy)+(?!z)", "it's aaaa xyxyz")).toEqual(["'s", 'aaa', 'xy'])
  expect(found('[a-c\\-\\]^]+', 'ab-]^d')).toEqual(['ab-]^'])
  expect(found('[+,-./]', '+,-./x')).toEqual(['+', ',', '-', '.', '/'])
  expect(found('\\.\\n', '.\n')).toEqual(['.\n'])
  expect('a.b*c'.split(literalRegex('.b*'))).toEqual(['a', 'c'])
})

test.each(['[a[b]]', '[a&&b]', '[a-\\s]', '\\b', '\\', '[a', '(?>a)', 'a{2}+', 'a{x}', '^a', 'a$'])(
  '%s is refused',
  (pattern) => {
    expect(() => referenceRegex(pattern)).toThrow(/is not supported/)
  },
)

test('the five ways to treat a delimiter', () => {
  const cut = (behavior: Parameters<typeof splitAt>[2], text: string, invert = false): string[] =>
    splitAt(text, literalRegex('-'), behavior, invert)
  // As in the documentation of `tokenizers`.
  expect(cut('Removed', 'the-final--countdown')).toEqual(['the', 'final', 'countdown'])
  expect(cut('Isolated', 'the-final--countdown')).toEqual(['the', '-', 'final', '-', '-', 'countdown'])
  expect(cut('MergedWithPrevious', 'the-final--countdown')).toEqual(['the-', 'final-', '-', 'countdown'])
  expect(cut('MergedWithNext', 'the-final--countdown')).toEqual(['the', '-final', '-', '-countdown'])
  expect(cut('Contiguous', 'the-final--countdown')).toEqual(['the', '-', 'final', '--', 'countdown'])
  expect(cut('Removed', 'the-final', true)).toEqual(['-'])
  expect(cut('MergedWithNext', 'a--')).toEqual(['a', '-', '-'])
})

test('a pattern with an empty match passes a character of two units', () => {
  expect(splitAt('x👍ay', /a*/gu, 'Isolated', false)).toEqual(['x👍', 'a', 'y'])
  expect(splitAt('👍', /a*/gu, 'MergedWithNext', true)).toEqual(['👍'])
})

const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', 'é', '的', '👍', '\ud83d', '\udc4d') })

test('matches, and the text between them if it is not removed', () => {
  const pattern = fc.constantFrom(/a+|\s/gu, /[^\s]/gu, / ?[ab]+| ?[^\sab]+|\s+/gu, /b*/gu, /👍|1/gu)
  fc.assert(
    fc.property(text, pattern, (whole, regex) => {
      const matches = [...whole.matchAll(regex)].map((match) => match[0]).filter((match) => match !== '')
      expect(splitAt(whole, regex, 'Removed', true)).toEqual(matches)
      const isolated = splitAt(whole, regex, 'Isolated', false)
      expect(isolated.join('')).toBe(whole)
      expect(isolated).not.toContain('')
      const gaps = splitAt(whole, regex, 'Removed', false)
      expect(isolated.toSorted()).toEqual([...matches, ...gaps].toSorted())
    }),
  )
})

test('UTF-8 equals TextEncoder’s', () => {
  fc.assert(
    fc.property(fc.oneof(text, anyText()), (whole) => {
      expect(utf8(whole)).toEqual([...new TextEncoder().encode(whole)])
    }),
  )
})

test('bytes as characters: each its own, no control and no space among them', () => {
  const all = Array.from({ length: 256 }, (_, byte) => byteCharacters(String.fromCharCode(byte)))
  expect(byteCharacters(' é\n')).toBe('ĠÃ©Ċ')
  expect(new Set(all.join('')).size).toBeGreaterThan(128)
  expect(all.join('')).not.toMatch(/[\s\p{Cc}]/u)
})
