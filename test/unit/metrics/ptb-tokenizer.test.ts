import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denseLine, hardCaption, plainCaption } from '../../../bench/conformance/caption-grammar.ts'
import { tokenizeItems } from '../../../src/metrics/caption-evaluation.ts'
import { ptbTokenize, tokenizeCaptions } from '../../../src/metrics/ptb-tokenizer.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { hasOfficial, made, official } from './golden.ts'

interface Line {
  readonly raw: string
  readonly ptb: string
  readonly coco: string
}

interface Kind {
  readonly kind: number
  readonly rule: string
  readonly texts: readonly { readonly captions: string[]; readonly tokens: string[] }[]
}

describe('the PTB tokenizer equals CoreNLP 3.4.1', () => {
  const lines: Map<string, Line[]> = Map.groupBy(made.json('ptb-tokenizer/lines.json'), ({ kind }: any) => kind)
  test.each([...lines])('on lines made here: %s', (_, own) => {
    const raw = own.map((line) => line.raw)
    expect(ptbTokenize(raw)).toEqual(own.map(({ ptb }) => ptb))
    expect(tokenizeCaptions(raw)).toEqual(own.map(({ coco }) => coco))
  })

  const { kinds }: { kinds: Kind[] } = made.json('ptb-tokenizer/kinds.json')

  test.each(kinds.map(({ kind, rule, texts }) => [kind, rule, texts] as const))('in kind %i: %s', (_kind, _rule, texts) => {
    expect(texts.map(({ captions }) => ptbTokenize(captions))).toEqual(texts.map(({ tokens }) => tokens))
    const withoutShortcuts = texts.map(({ captions }) => ptbTokenize(captions, { shortcuts: false }))
    expect(withoutShortcuts).toEqual(texts.map(({ tokens }) => tokens))
  })
})

describe.skipIf(!hasOfficial('ptb-tokenizer'))('the PTB tokenizer equals CoreNLP 3.4.1 on public captions and answers', () => {
  const linesOf = (file: string) => official.text(`ptb-tokenizer/${file}`).replace(/\n$/, '').split('\n')

  test('on the captions of the official demo', () => {
    expect(ptbTokenize(linesOf('coco_captions_raw.txt'))).toEqual(linesOf('coco_captions_tokenized_with_punctuation.txt'))
  })

  test.each(['hand', 'coco-odd', 'vqa'])('on the difficult lines of source %s', (source) => {
    const entries = official.json('ptb-tokenizer/difficult.json').filter((entry: { source: string }) => entry.source === source)
    const raw = entries.map((entry: Line) => entry.raw)
    expect(ptbTokenize(raw)).toEqual(entries.map(({ ptb }: Line) => ptb))
    expect(tokenizeCaptions(raw)).toEqual(entries.map(({ coco }: Line) => coco))
  })
})

describe('the PTB tokenizer', () => {
  const words = "a A dog cannot St art Inc So Africa U.S don't 5 1/2 . , ... ' \" - ( ) http://x.y # @ &amp; \u2019 😀 ! é <b> :"
  const pieces = [...words.split(' '), ' ', '  ', '\u00A0', '\n', '\u2028', '.com', '<b c="', "<b c='", '>']
  const caption = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''))

  const units = fc.array(fc.nat(0xffff), { maxLength: 6 }).map((codes) => String.fromCharCode(...codes))

  test('reads the same tokens with and without shortcuts', () => {
    fc.assert(
      fc.property(fc.array(caption, { maxLength: 4 }), (captions) => {
        expect(ptbTokenize(captions)).toEqual(ptbTokenize(captions, { shortcuts: false }))
      }),
      { numRuns: 200 },
    )
    const random = new CounterRandom(0, 'test/ptb-tokenizer/shortcuts')
    const drawn = Array.from({ length: 3000 }, (_, index) => [plainCaption, hardCaption, denseLine][index % 3]!(random))
    expect(ptbTokenize(drawn)).toEqual(ptbTokenize(drawn, { shortcuts: false }))
  })

  test('gives one line per caption, for any content', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(caption, units), { maxLength: 3 }), (captions) => {
        expect(tokenizeCaptions(captions)).toHaveLength(captions.length)
      }),
      { numRuns: 200 },
    )
  })

  test('keeps captions apart if a quoted attribute spans them', () => {
    const captions = ['a dog <b c="runs', 'a dog', 'a cat"> sits', 'a cat sits', 'a bird flies']
    const items = captions.map((candidate, index) => ({ id: String(index), candidate, references: [candidate, 'a bird'] }))
    // Output of ptbtokenizer.py of pycocoevalcap 1.2.
    const official = ['a dog <b\u00A0c="runs', 'a\u00A0dog', 'a\u00A0cat"> sits', 'a cat sits', 'a bird flies']
    expect(tokenizeItems(items).map((item) => item.candidate)).toEqual(official)
    expect(tokenizeItems(items).map(({ references }) => references.length)).toEqual([2, 2, 2, 2, 2])
    expect(tokenizeCaptions(captions)).toEqual(official)
  })

  test('filters the parts of such a token like the official filter', () => {
    expect(tokenizeCaptions(['<b c="x ', '.', '. ', ' ', "'", '"> y', 'z'])).toEqual([
      '<b\u00A0c="x',
      '',
      '',
      '',
      '',
      '"> y',
      'z',
    ])
    expect(tokenizeCaptions(['a@b\u3000', 'a@b\u3000 .', 'c'])).toEqual(['a@b', 'a@b\u3000', 'c'])
  })

  test('a final abbreviation can depend on the next caption', () => {
    expect(ptbTokenize(['a piece of art.', '5 dogs'])[0]).toBe('a piece of art.')
    expect(ptbTokenize(['a piece of art.', 'five dogs'])[0]).toBe('a piece of art .')
  })

  test('longest shape first', () => {
    expect(ptbTokenize(["J'adore U.S.-U.K. non-U.S. www.example.com/ab foo.com."])).toEqual([
      "j'adore u.s.-u.k. non-u.s. www.example.com/ab foo.com .",
    ])
  })
})
