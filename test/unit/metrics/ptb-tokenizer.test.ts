import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ptbTokenize, tokenizeCaptions } from '../../../src/metrics/ptb-tokenizer.ts'
import { hasOfficial, made, official } from './golden.ts'

interface Line {
  readonly raw: string
  readonly ptb: string
  readonly coco: string
}

describe('the PTB tokenizer equals CoreNLP 3.4.1', () => {
  const lines: Map<string, Line[]> = Map.groupBy(made.json('ptb-tokenizer/lines.json'), ({ kind }: any) => kind)
  test.each([...lines])('on lines made here: %s', (_, own) => {
    const raw = own.map((line) => line.raw)
    expect(ptbTokenize(raw)).toEqual(own.map(({ ptb }) => ptb))
    expect(tokenizeCaptions(raw)).toEqual(own.map(({ coco }) => coco))
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
  const piece = fc.constantFrom(...words.split(' '), ' ', '  ', '\u00A0', '\n', '\u2028')
  const caption = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

  test('reads the same tokens with and without shortcuts', () => {
    fc.assert(
      fc.property(fc.array(caption, { maxLength: 4 }), (captions) => {
        expect(ptbTokenize(captions)).toEqual(ptbTokenize(captions, { shortcuts: false }))
      }),
      { numRuns: 200 },
    )
  })

  test('gives a line a caption, whatever the captions hold', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(caption, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 3 }), (captions) => {
        expect(tokenizeCaptions(captions)).toHaveLength(captions.length)
      }),
      { numRuns: 50 },
    )
  })

  test('a final abbreviation can depend on the next caption', () => {
    expect(ptbTokenize(['a piece of art.', '5 dogs'])[0]).toBe('a piece of art.')
    expect(ptbTokenize(['a piece of art.', 'five dogs'])[0]).toBe('a piece of art .')
  })

  test('a shortcut knows the abbreviation that only a place name makes', () => {
    expect(ptbTokenize(['they say so.', 'Africa'])).toEqual(['they say so.', 'africa'])
    expect(ptbTokenize(['they say so.', 'Africans'])).toEqual(['they say so.', 'africans'])
    expect(ptbTokenize(['they say so.', 'Asia'])).toEqual(['they say so .', 'asia'])
  })

  test('longest shape first', () => {
    expect(ptbTokenize(["J'adore U.S.-U.K. non-U.S. www.example.com/ab foo.com."])).toEqual([
      "j'adore u.s.-u.k. non-u.s. www.example.com/ab foo.com .",
    ])
  })

  test('lines of a long word take linear time', () => {
    const started = performance.now()
    ptbTokenize(['n'.repeat(200_000), "a'".repeat(2000), '<a '.repeat(2000), '1-'.repeat(2000), '. '.repeat(5000)])
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
