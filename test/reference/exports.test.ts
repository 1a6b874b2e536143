/**
 * The tokenizers of CLIP- and SigLIP-family exports against Hugging Face's Rust library.
 * `training/tokenizer_vectors.py` trained them on emoji names in 28 languages and made the expectations.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createNormalizer } from '../../src/text/normalizers.ts'
import { createTokenizer, MAX_TEXT_LENGTH } from '../../src/text/tokenizer.ts'
import { cpuOf, leastCpu } from '../support/cpu-time.ts'

interface Rows {
  readonly ids: readonly number[][]
  /** Truncated ids of every `every`-th text; 0 if all of them fit. */
  readonly cut: readonly (number[] | 0)[]
}

const folder = new URL('../golden/text/exports/', import.meta.url)
const golden = JSON.parse(gunzipSync(readFileSync(new URL('vectors.json.gz', folder))).toString('utf8')) as {
  readonly cut: number
  readonly every: number
  readonly texts: readonly string[]
  readonly rows: Readonly<Record<string, Rows>>
  /**
   * A map of every character to one letter, and the number of letters per text: a short cluster becomes one.
   */
  readonly clusters: { readonly charsmap: string; readonly texts: readonly string[]; readonly letters: readonly number[] }
}
const { texts } = golden
const read = (name: string): any => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))

describe.each(Object.keys(golden.rows))('%s', (name) => {
  const json = read(name)
  const { ids: expected, cut } = golden.rows[name]!

  test(`${texts.length} texts in many scripts, whole`, () => {
    const tokenizer = createTokenizer(json, { maxLength: 1_000_000 })
    expect(texts.length).toBeGreaterThan(3000)
    expect(expected).toHaveLength(texts.length)
    const wrong = texts.flatMap((text, index) => {
      const { ids } = tokenizer.encode(text)
      return ids.join() === expected[index]!.join() ? [] : [{ text, ids, expected: expected[index] }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
  })

  test('truncated: specials kept, the loss counted', () => {
    const tokenizer = createTokenizer(json, { maxLength: golden.cut })
    let truncations = 0
    cut.forEach((short, row) => {
      const index = row * golden.every
      const whole = expected[index]!
      if (short !== 0) truncations++
      expect(tokenizer.encode(texts[index]!), JSON.stringify(texts[index])).toMatchObject({
        ids: short === 0 ? whole : short,
        tokens: short === 0 ? whole.length : golden.cut,
        truncated: short !== 0,
        droppedTokens: short === 0 ? 0 : whole.length - golden.cut,
      })
    })
    expect(truncations).toBeGreaterThan(50)
  })

  test('padded: the same ids, then padding up to the length, and the mask says which', () => {
    const plain = createTokenizer(json, { maxLength: golden.cut })
    const padded = createTokenizer(json, { maxLength: golden.cut, padId: 7 })
    for (const text of texts.slice(0, 200)) {
      const encoding = plain.encode(text)
      const { ids, ...rest } = padded.encode(text)
      expect(ids).toHaveLength(golden.cut)
      expect([...encoding.ids, ...Array<number>(golden.cut - encoding.tokens).fill(7)]).toEqual(ids)
      expect({ ...encoding, ids: undefined }).toEqual({ ...rest, ids: undefined })
    }
  })

  test('a lone surrogate counts as U+FFFD, a pair stays', () => {
    const tokenizer = createTokenizer(json, { maxLength: 77 })
    expect(tokenizer.encode('a \ud800 dog\udc00')).toEqual(tokenizer.encode('a \ufffd dog\ufffd'))
    expect(tokenizer.encode('\ud83d\udc4d')).toEqual(tokenizer.encode('👍'))
  })

  test('long texts take bounded time, whatever they hold', () => {
    // Half the longest text in a quarter of 1.5 s: quadratic time fails here as at the whole, and six
    // tokenizers take half the time.
    const tokenizer = createTokenizer(json, { maxLength: 77 })
    for (const piece of [
      'a',
      'ab',
      'aé ',
      '\u0301',
      '的',
      '👍',
      '</s>',
      "'s",
      '▁',
      'ﷺ,',
      '1',
      ' ',
      '\u00a0',
      '\r\n',
      'ﬁ\u0301',
      '<0x41>',
    ]) {
      const text = piece.repeat(MAX_TEXT_LENGTH / 2 / piece.length)
      expect(
        leastCpu(375, () => tokenizer.encode(text)),
        JSON.stringify(piece),
      ).toBeLessThan(375)
    }
  })

  test('a word of 10,000 characters takes about ten times as long as one of 1,000', () => {
    const tokenizer = createTokenizer(json, { maxLength: 77 })
    const letters = 'thequickbrownfoxjumpsoverthelazydog'
    const time = (length: number, times: number): number => {
      const word = letters.repeat(Math.ceil(length / letters.length)).slice(0, length)
      return cpuOf(() => Array.from({ length: times }, () => tokenizer.encode(word))) / times
    }
    time(1000, 20)
    // Quadratic time would be a hundred times longer; the bound is wide and the best of three counts.
    const ratio = Math.min(...[1, 2, 3].map(() => time(10_000, 4) / time(1000, 40)))
    expect(ratio).toBeLessThan(40)
  })
})

test(`${golden.clusters.texts.length} texts that are awkward to cut into grapheme clusters`, () => {
  const { charsmap, texts: awkward, letters } = golden.clusters
  const normalize = createNormalizer({ type: 'Precompiled', precompiled_charsmap: charsmap })
  expect(awkward.length).toBeGreaterThan(3000)
  const wrong = awkward.filter((text, index) => normalize(text) !== 'y'.repeat(letters[index]!))
  expect(wrong).toEqual([])
})

describe('options', () => {
  test('lower case before the normalizer, for files that do not do it themselves', () => {
    const plain = createTokenizer(read('gemma'), { maxLength: 64 })
    const lower = createTokenizer(read('gemma'), { maxLength: 64, lowercase: true })
    expect(lower.encode('A Red STAR İ')).toEqual(plain.encode('a red star i̇'))
    expect(plain.encode('A Red STAR')).not.toEqual(plain.encode('a red star'))
  })

  test('a file of another kind than the manifest says', () => {
    expect(createTokenizer(read('clip'), { maxLength: 77, type: 'BPE' }).type).toBe('BPE')
    expect(() => createTokenizer(read('clip'), { maxLength: 77, type: 'Unigram' })).toThrow('the file is BPE, not Unigram')
  })

  test('no room for text', () => {
    expect(() => createTokenizer(read('clip'), { maxLength: 2 })).toThrow('leaves no room')
  })
})

describe('unsupported exports are refused by name', () => {
  const clip = read('clip')
  const siglip = read('siglip')
  const splitter = (Regex: string) => ({
    pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
  })
  const first = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true }

  test.each<[string, object, RegExp]>([
    ['a model', { model: { type: 'WordLevel', vocab: {} } }, /\/model\/type is "WordLevel"/],
    ['a normalizer', { normalizer: { type: 'Nmt' } }, /\/normalizer\/type is "Nmt"/],
    [
      'a nested normalizer',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Nmt' }] } },
      /\/normalizer\/normalizers\/1\/type is "Nmt"/,
    ],
    ['a pre-tokenizer', { pre_tokenizer: { type: 'Digits', individual_digits: true } }, /\/pre_tokenizer\/type is "Digits"/],
    ['a post-processor', { post_processor: { type: 'Other' } }, /\/post_processor\/type is "Other"/],
    ['no text in the template', { post_processor: { ...siglip.post_processor, single: [] } }, /the text exactly once/],
    ['a template token without ids', { post_processor: { ...siglip.post_processor, special_tokens: {} } }, /"<\/s>" has no ids/],
    ['whole words only', { added_tokens: [{ ...clip.added_tokens[0], single_word: true }] }, /single_word is true/],
    ['groups in a replacement', { normalizer: { type: 'Replace', pattern: { Regex: '(a)' }, content: '$1' } }, /groups/],
    ['a flag', splitter('(?i:a)'), /has \(\?i:/],
    ['words', splitter('\\w+'), /has \\w/],
    ['a script', splitter('\\p{Han}'), /has \\p/],
    ['a possessive quantifier', splitter(' ?+a'), /possessive/],
    ['any character', splitter('.'), /a bare \./],
    ['a syntax error', splitter('(a'), /a syntax error/],
    ['dropout', { model: { ...clip.model, dropout: 0.1 } }, /dropout is for training/],
    ['a merge of unknown pieces', { model: { ...clip.model, merges: ['a ☃'] } }, /\/model\/merges\/0: "☃"/],
    ['a merge of three', { model: { ...clip.model, merges: ['a b c'] } }, /\/model\/merges\/0 is not a pair/],
    ['an unknown token that is not there', { model: { ...clip.model, unk_token: '<none>' } }, /unk_token "<none>"/],
    ['an id that is none', { model: { ...clip.model, vocab: { a: -1 }, merges: [] } }, /"a" has no id but -1/],
    ['a cut charsmap', { normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }, /cut short/],
    ['a charsmap that is not base64', { normalizer: { type: 'Precompiled', precompiled_charsmap: '!' } }, /not base64/],
    ['first after another', { pre_tokenizer: { type: 'Sequence', pretokenizers: [first] } }, /prepend_scheme 'first'/],
    [
      'first after what takes a beginning away',
      { normalizer: { type: 'Strip', strip_left: true, strip_right: true }, pre_tokenizer: first },
      /prepend_scheme 'first'/,
    ],
  ])('%s', (_, change, message) => {
    expect(() => createTokenizer({ ...clip, ...change }, { maxLength: 77 })).toThrow(message)
  })
})
