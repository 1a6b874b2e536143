/** Writing systems beyond those of a model's languages. */
import { expect, test } from 'vitest'
import { foreignScripts } from '../../../src/text/scripts.ts'

test.each<[string, string[], string[]]>([
  ['a naïve café, 12 €', ['en'], []],
  ['кошка', ['en'], ['Cyrillic']],
  ['a собака and 狗', ['en'], ['Cyrillic', 'Han']],
  ['一只狗 a dog', ['en', 'zh'], []],
  ['犬とネコ', ['zh'], ['Hiragana', 'Katakana']],
  ['犬とネコ', ['ja'], []],
  ['ᏣᎳᎩ', ['en'], ['other']],
  ['🐕 !?', ['en'], []],
])('%s of a model for %j', (text, languages, scripts) => {
  expect(foreignScripts(text, languages)).toEqual(scripts)
})

test('of a model for a language that is not known here, or for none, no script is foreign', () => {
  expect([foreignScripts('кошка', ['xx']), foreignScripts('кошка', [])]).toEqual([[], []])
})
