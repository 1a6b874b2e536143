import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alignMeteor } from '../../../src/metrics/meteor-aligner.ts'
import { meteorTokens } from '../../../src/metrics/meteor-normalizer.ts'
import { METEOR_WIDTH, meteorOf, meteorStatistics, meteorVariant, sumMeteor } from '../../../src/metrics/meteor.ts'
import { porter2Stem } from '../../../src/metrics/porter2-stemmer.ts'
import { goldenJson, largestDifference } from './golden.ts'

describe('METEOR equals METEOR 1.5 without paraphrases', () => {
  const tokenized = goldenJson('coco-captions/tokenized.json')
  const expected = goldenJson('coco-captions/expected.json')

  test.each([
    ['exact', ['exact']],
    ['exact_stem', ['exact', 'stem']],
  ] as const)('modules %s, on every image and the corpus', (key, modules) => {
    const ids = Object.keys(tokenized)
    const statistics = ids.map((id) => meteorStatistics(tokenized[id].test, tokenized[id].refs, { modules }))
    ids.forEach((id, index) => {
      const score = expected.per_image[id][`METEOR_noparaphrase:${key}`]
      expect(largestDifference(meteorOf(statistics[index]!), score), id).toBeLessThan(1e-9)
    })
    const total = sumMeteor(statistics)
    expect(total).toEqual(expected.meteor_aggregate[key].stats.split(' ').map(Number))
    expect(largestDifference(meteorOf(total), expected.meteor_aggregate[key].score)).toBeLessThan(1e-9)
  })

  test('lengths and function words, whatever the modules', () => {
    for (const [id, { test: candidate, refs }] of Object.entries<{ test: string; refs: string[] }>(tokenized)) {
      const official = expected.per_image[id].meteor_stats.split(' ').map(Number)
      const own = meteorStatistics(candidate, refs)
      expect([own[0], own[2]]).toEqual([official[0], official[2]])
    }
  })
})

describe('METEOR', () => {
  test('synonyms match different words that share a synset, by the table supplied', () => {
    const synonyms = new Map([
      ['car', new Set([1, 2])],
      ['automobile', new Set([2])],
    ])
    const statistics = meteorStatistics('a red car', ['a red automobile'], { synonyms })
    expect(statistics.slice(12, 16)).toEqual([1, 1, 0, 0])
    expect(meteorVariant({ synonyms })).toBe('METEOR_noparaphrase:exact_stem_synonym')
    expect(meteorVariant()).toBe('METEOR_noparaphrase:exact_stem')
    expect(() => meteorStatistics('a', ['a'], { modules: ['synonym'] })).toThrow('needs a table')
  })

  test('an exact copy scores 1, nothing in common 0, empty text 0', () => {
    expect(meteorOf(meteorStatistics('a man rides a wave', ['a man rides a wave']))).toBe(1)
    expect(meteorOf(meteorStatistics('zebra', ['a man']))).toBe(0)
    expect(meteorOf(meteorStatistics('', ['a man']))).toBe(0)
    expect(meteorOf(meteorStatistics('', ['']))).toBe(0)
  })

  test('chunks break where the order does', () => {
    expect(alignMeteor(['a', 'b', 'c', 'd'], ['c', 'd', 'a', 'b'], ['exact']).chunks).toBe(2)
    expect(alignMeteor(['a', 'x', 'b'], ['a', 'b'], ['exact']).chunks).toBe(2)
  })

  test('statistics of any partition add up to the same', () => {
    const caption = fc
      .array(fc.constantFrom('a', 'man', 'riding', 'rides', 'wave'), { minLength: 1, maxLength: 6 })
      .map((words) => words.join(' '))
    fc.assert(
      fc.property(fc.array(fc.tuple(caption, caption), { minLength: 2, maxLength: 6 }), (pairs) => {
        const rows = pairs.map(([candidate, reference]) => meteorStatistics(candidate, [reference]))
        const whole = sumMeteor(rows)
        expect(whole).toHaveLength(METEOR_WIDTH)
        expect(sumMeteor(rows.toReversed())).toEqual(whole)
        expect(meteorOf(whole)).toBeGreaterThanOrEqual(0)
        expect(meteorOf(whole)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test.each([
    ['U.S.-based pre-war', 'US based pre war'],
    ["it's the dogs' 1990's", "it 's the dogs ' 1990 's"],
    ['wait... 1,000 cats, two.', 'wait ... 1,000 cats , two .'],
    ['Mr. Smith ‘quoted’ “text”', `Mr. Smith ' quoted ' " text "`],
  ])('tokenises %s', (line, tokens) => {
    expect(meteorTokens(line).join(' ')).toBe(tokens)
  })

  test.each(
    'running:run ponies:poni caresses:caress ties:tie hopping:hop hoping:hope generously:generous communication:communic skies:sky dying:die news:news happily:happili nationality:nation relational:relat fly:fli by:by say:say beautiful:beauti roll:roll controll:control cement:cement agreed:agre feed:feed'
      .split(' ')
      .map((pair) => pair.split(':') as [string, string]),
  )('stems %s to %s', (word, stem) => {
    expect(porter2Stem(word)).toBe(stem)
  })
})
