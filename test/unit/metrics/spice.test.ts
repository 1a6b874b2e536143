import { describe, expect, test } from 'vitest'
import { readSpiceInput, readSynsets } from '../../../src/datasets/spice-tuples.ts'
import { spice, spiceMean } from '../../../src/metrics/spice.ts'
import { goldenJson } from './golden.ts'

describe('SPICE equals the official scorer', () => {
  test.each([
    ['with_synsets', 'synsets'],
    ['exact', 'exact'],
  ] as const)('%s, in every category of every image', (key, matching) => {
    const input = readSpiceInput(goldenJson('spice-from-tuples/input_tuples.json'))
    if (input.kind !== 'tuples') throw new Error('expected tuples')
    const synsets = readSynsets(goldenJson('spice-from-tuples/synsets_of_the_words_used.json'))
    const expected = goldenJson('spice-from-tuples/expected.json')
    const scores = input.images.map(({ test: candidate, references }) => spice(candidate, references, synsets, matching))
    scores.forEach((score, index) => {
      for (const [category, value] of Object.entries(score)) {
        const { numImages: _, ...official } = expected[key][index].scores[category]
        const rounded = (counts: object) =>
          Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, Number.isFinite(n) ? Number(n.toFixed(12)) : null]))
        expect(rounded(value), category).toEqual(rounded(official))
      }
    })
    expect(spiceMean(scores)).toBeCloseTo(expected.mean_F[key], 12)
  })
})

describe('SPICE', () => {
  test('a leading "be " of a relation does not count', () => {
    expect(spice([['cat', 'be on', 'mat']], [['cat', 'on', 'mat']]).All.f).toBe(1)
  })

  test('no reference tuples: F is 0, sub-scores are undefined', () => {
    const score = spice([['cat']], [])
    expect(score.All).toEqual({ pr: 0, re: 0, f: 0, tp: 0, fp: 1, fn: 0 })
    expect(score.Object.f).toBeNaN()
  })

  test('several candidate tuples may match one reference tuple', () => {
    const synsets = new Map([
      ['cat', new Set([1])],
      ['feline', new Set([1, 2])],
      ['lion', new Set([2])],
    ])
    const { All } = spice([['cat'], ['lion']], [['feline']], synsets)
    expect([All.tp, All.fp, All.fn]).toEqual([2, 0, -1])
  })
})

describe('readSpiceInput', () => {
  test("takes SPICE's detailed tuples and its scores", () => {
    const detailed = [
      { image_id: 1, test_tuples: [{ tuple: ['dog', 'big'], truth_value: true }], ref_tuples: [['dog']], scores: {} },
    ]
    expect(readSpiceInput(detailed)).toEqual({
      kind: 'tuples',
      images: [{ id: '1', test: [['dog', 'big']], references: [['dog']] }],
    })
    expect(readSpiceInput([{ image_id: 'a', scores: { All: { f: 0.25 } } }])).toEqual({
      kind: 'scores',
      images: [{ id: 'a', f: 0.25 }],
    })
  })

  test.each([
    ['no list', {}, 'must be an array'],
    ['nothing', [], 'holds no image'],
    ['a tuple of four', [{ image_id: 1, test_tuples: [['a', 'b', 'c', 'd']], ref_tuples: [] }], '/0/test_tuples/0'],
    ['a word that is no string', [{ image_id: 1, test_tuples: [[1]], ref_tuples: [] }], '/0/test_tuples/0/0'],
    [
      'an image twice',
      [
        { image_id: 1, test_tuples: [], ref_tuples: [] },
        { image_id: 1, test_tuples: [], ref_tuples: [] },
      ],
      'appears twice',
    ],
  ])('refuses %s', (_, input, message) => {
    expect(() => readSpiceInput(input)).toThrow(message)
  })
})
