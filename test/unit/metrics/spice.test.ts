import { describe, expect, test } from 'vitest'
import { readSpiceInput, readSynsets } from '../../../src/metrics/resources/spice-tuples-file.ts'
import { spice, spiceMean } from '../../../src/metrics/spice.ts'
import { goldenSources, largestDifference } from './golden.ts'

describe.each(goldenSources('spice-from-tuples'))('SPICE equals the official scorer: $name', ({ name, json }) => {
  const input = readSpiceInput(json('spice-from-tuples/input_tuples.json'))
  if (input.kind !== 'tuples') throw new Error('expected tuples')
  const synsets = readSynsets(json('spice-from-tuples/synsets.json'))
  const expected = json('spice-from-tuples/expected.json')
  // The public set's numbers without synsets were made with merging, unlike the program.
  const modes = [['with_synsets', synsets] as const, ...(name === 'official' ? [] : [['noSynsets', undefined] as const])]

  test.each(modes)('%s, in every category of every image', (key, table) => {
    const scores = input.images.map(({ test: candidate, references }) => spice(candidate, references, table))
    const differences = scores.map((score, index) => {
      const official = Object.entries<any>(expected[key][index].scores)
      // NaN is not JSON
      const own = JSON.parse(JSON.stringify(score))
      return Math.max(...official.map(([category, counts]) => largestDifference({ numImages: 1, ...own[category] }, counts)))
    })
    expect(Math.max(...differences)).toBeLessThan(1e-12)
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

  test('without synsets nothing is merged, as under -noSynsets', () => {
    expect(spice([['boy', 'be', ' boy']], []).All).toMatchObject({ tp: 0, fp: 3, fn: 0 })
  })

  test.each([
    ['Color', 'beige cream violet light dark grey', 'gold silver tan turquoise'],
    ['Size', 'wide thick fat great giant narrow heavy pint-size teeny-weeny baby', 'long high wider biggest'],
    ['Cardinality', 'one ten', 'eleven 2 zero'],
  ] as const)('words of %s, as measured', (category, words, others) => {
    const count = (word: string) => {
      const { tp, fp, fn } = spice([['dish', word]], [['plate', word]])[category]
      return tp + fp + fn
    }
    expect(words.split(' ').filter((word) => count(word) === 0)).toEqual([])
    expect(others.split(' ').filter((word) => count(word) !== 0)).toEqual([])
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
    ['a word that is not a string', [{ image_id: 1, test_tuples: [[1]], ref_tuples: [] }], '/0/test_tuples/0/0'],
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
