import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSynsets } from '../../../src/metrics/resources/spice-tuples-file.ts'
import { readMeteorSynonyms, readWordNet } from '../../../src/metrics/resources/wordnet-file.ts'
import { evaluateMeteor, tokenizeItems } from '../../../src/metrics/caption-evaluation.ts'
import { alignMeteor } from '../../../src/metrics/meteor-aligner.ts'
import { meteorTokens } from '../../../src/metrics/meteor-normalizer.ts'
import { METEOR_WIDTH, meteorOf, meteorStatistics, meteorVariant, meteorWords, sumMeteor } from '../../../src/metrics/meteor.ts'
import { ParaphraseTable, phrasesOf } from '../../../src/metrics/meteor-paraphrases.ts'
import { porter2Stem } from '../../../src/metrics/porter2-stemmer.ts'
import { WordNetSynonyms } from '../../../src/metrics/wordnet-synonyms.ts'
import { goldenJson, goldenSources, largestDifference } from './golden.ts'

describe.each(goldenSources('coco-captions'))('METEOR equals METEOR 1.5 without paraphrases: $name', ({ name, json }) => {
  const tokenized = json('coco-captions/tokenized.json')
  const expected = json('coco-captions/expected.json')
  // Words of the public captions, by METEOR's own table.
  const synonyms = readSynsets(
    name === 'official' ? goldenJson('meteor-synonyms/synsets.json') : json('coco-captions/synsets.json'),
  )

  test.each([
    ['exact', ['exact']],
    ['exact_stem', ['exact', 'stem']],
    ['exact_stem_synonym', ['exact', 'stem', 'synonym']],
  ] as const)('modules %s, on every image and the corpus', (key, modules) => {
    const ids = Object.keys(tokenized)
    const statistics = ids.map((id) => meteorStatistics(tokenized[id].test, tokenized[id].refs, { modules, synonyms }))
    if (name === 'made here') {
      const official = ids.map((id) => expected.meteor_statistics[id][key].split(' ').map(Number))
      expect(statistics).toEqual(official)
    }
    const differences = ids.map((id, index) =>
      largestDifference(meteorOf(statistics[index]!), expected.per_image[id][`METEOR_noparaphrase:${key}`]),
    )
    expect(Math.max(...differences)).toBeLessThan(1e-9)
    const total = sumMeteor(statistics)
    if (name === 'official') expect(total).toEqual(expected.meteor_aggregate[key].stats.split(' ').map(Number))
    expect(largestDifference(meteorOf(total), expected.meteor_aggregate[key].score)).toBeLessThan(1e-9)
  })
})

describe.each(goldenSources('clipscore'))(
  'METEOR of examples in the layout of the CLIPScore repository: $name',
  ({ name, json }) => {
    const synonyms = readSynsets(goldenJson('meteor-synonyms/synsets.json'))

    test.each(['good', 'bad'])('%s', (example) => {
      const captions = json(`clipscore/example_${example}_captions.json`)
      const references = json('clipscore/example_references.json')
      const items = Object.keys(captions).map((id) => ({ id, candidate: captions[id], references: references[id] }))
      const { aggregate: official, published_README } = json(`clipscore/example_${example}_expected.json`)
      const key = name === 'official' ? 'METEOR_noparaphrase:exact_stem_synonym' : 'METEOR_noparaphrase:exact_stem'
      const { aggregate } = evaluateMeteor(tokenizeItems(items), name === 'official' ? { synonyms } : {})
      expect(largestDifference(aggregate, official[key])).toBeLessThan(1e-9)
      if (name === 'official') expect(aggregate).toBeCloseTo(published_README.METEOR, 4)
    })
  },
)

describe('METEOR with paraphrases equals METEOR 1.5', () => {
  const { paraphrases, cases, corpus } = goldenJson('meteor-paraphrases/cases.json')
  const table = new ParaphraseTable()
  for (const [phrase, paraphrase] of paraphrases) table.add(phrase, paraphrase)

  test('on made-up sentences and a made-up table', () => {
    const statistics = cases.map(({ candidate, references }: any) =>
      meteorStatistics(candidate, references, { paraphrases: table }),
    )
    for (const [index, { statistics: expected, score }] of cases.entries()) {
      expect(statistics[index], `case ${index}`).toEqual(expected)
      expect(largestDifference(meteorOf(statistics[index]), score), `case ${index}`).toBeLessThan(1e-9)
    }
    expect(largestDifference(meteorOf(sumMeteor(statistics)), corpus)).toBeLessThan(1e-9)
  })

  test('the variant lacks the suffix noparaphrase only with the paraphrase module', () => {
    expect(meteorVariant({ paraphrases: table })).toBe('METEOR:exact_stem_paraphrase')
    expect(meteorVariant({ paraphrases: table, synonyms: new Map() })).toBe('METEOR:exact_stem_synonym_paraphrase')
    expect(meteorVariant({ paraphrases: table, modules: ['exact'] })).toBe('METEOR_noparaphrase:exact')
    expect(() => meteorStatistics('a', ['a'], { modules: ['exact', 'paraphrase'] })).toThrow('needs a table')
  })

  test('only pairs that occur in the sentences matter', () => {
    const sentences = cases.flatMap(({ candidate, references }: any) => [candidate, ...references]).map(meteorWords)
    const phrases = phrasesOf(sentences)
    const kept = new ParaphraseTable()
    let left = 0
    for (const [phrase, paraphrase] of [
      ...paraphrases,
      ['never said', 'said'],
      ['the', 'the eight words that no table of theirs holds'],
    ])
      if (phrases.has(phrase) && phrases.has(paraphrase)) kept.add(phrase, paraphrase)
      else left++
    expect(left).toBeGreaterThanOrEqual(2)
    for (const { candidate, references, statistics } of cases)
      expect(meteorStatistics(candidate, references, { paraphrases: kept })).toEqual(statistics)
  })
})

describe('METEOR', () => {
  test('has METEOR 1.5’s function words, as measured word by word', () => {
    const functions = (line: string) => meteorStatistics(line, [line])[2]
    expect(functions('the years said also first people time could')).toBe(8)
    expect(functions('$ \' ( ) , - -lrb- -rrb- : ? a " b')).toBe(12)
    expect(functions("it 's is n't")).toBe(5)
    for (const word of ['us', 'our', ';', '!', '%', 'may', 'my', 'them', 'do', 'government'])
      expect(functions(word), word).toBe(0)
  })

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

  test('a chunk ends where the order breaks', () => {
    expect(alignMeteor(['a', 'b', 'c', 'd'], ['c', 'd', 'a', 'b'], ['exact']).chunks).toBe(2)
    expect(alignMeteor(['a', 'x', 'b'], ['a', 'b'], ['exact']).chunks).toBe(2)
  })

  describe('equals METEOR 1.5 where words repeat and the beam decides, in milliseconds', () => {
    const random = (index: number) => Math.imul(index + 1, 2654435761) >>> 0
    const words = (count: number, distinct: number, shift: number) =>
      Array.from({ length: count }, (_, index) => `w${random(index + shift) % distinct}`).join(' ')
    // Lengths, function words, matches of exact and stem, then chunks and matched words: from the jar in
    // pycocoevalcap 1.2, `exact stem`.
    test.each<[string, string, number, string]>([
      ['a '.repeat(600), 'a '.repeat(599), 0.8328109001878745, '600 599 600 599 0 0 599 599 0 0 0 0 1 599 599'],
      ['a b '.repeat(100), 'b a '.repeat(101), 0.7547205727991093, '200 202 100 101 100 100 100 100 0 0 0 0 2 200 200'],
      [words(80, 3, 0), words(90, 3, 7), 0.5924433839556064, '80 90 0 0 80 80 0 0 0 0 0 0 5 80 80'],
      [words(100, 2, 1), words(60, 2, 9), 0.6685835801213489, '100 60 0 0 60 60 0 0 0 0 0 0 1 60 60'],
      [words(120, 9, 3), words(130, 9, 4), 0.6867940278289343, '120 130 0 0 120 120 0 0 0 0 0 0 2 120 120'],
      [
        'walk walks walked '.repeat(20),
        'walking walks '.repeat(25),
        0.3464771015128373,
        '60 50 0 0 20 20 0 0 30 30 0 0 27 50 50',
      ],
    ])('%#', (candidate, reference, score, expected) => {
      const statistics = meteorStatistics(candidate.trim(), [reference.trim()], { modules: ['exact', 'stem'] })
      expect([...statistics.slice(0, 12), ...statistics.slice(20)].join(' ')).toBe(expected)
      expect(largestDifference(meteorOf(statistics), score)).toBeLessThan(1e-12)
    })
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
    // measured: edu.cmu.meteor.util.Normalizer of the jar in pycocoevalcap 1.2
    ['a.b. ..... c', 'ab ..... c'],
    ['cannot@😀a', 'cannot @ 😀 a'],
    ['a\ufeff', 'a \ufeff'],
    ['\u0007', ''],
    ['\u3000\u000b/ a \u0007 b\u2003\u0007', '/ a \u0007 b'],
    ['Co.\u00a0lim seen', 'Co . lim seen'],
    ['U.S.\u000b', 'U.S.'],
    ['mr..x', 'mr .. x'],
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

describe('WordNet', () => {
  const head = '  1 This software and database is being provided to you\n'
  const noun = `${head}00000010 03 n 02 car 0 Motor_Car 0 000 | a gloss\n00000020 03 n 01 mouse 0 000 | x\n`
  const adjective = '00000010 00 s 02 galore(ip) 0 many 0 000 | x\n'

  test('words of every part of speech share ids by offset; inflected forms have those of their base', () => {
    const tables = readWordNet([noun, adjective], ['mice mouse\n'])
    const synonyms = new WordNetSynonyms(tables)
    expect([...synonyms.get('cars')]).toEqual([10])
    expect([...synonyms.get('mice')]).toEqual([20])
    expect([...synonyms.get('galore')]).toEqual([10])
    expect([...synonyms.get('motor_car')]).toEqual([10])
    expect([...synonyms.get('xyz')]).toEqual([])
    expect(() => readWordNet(['x'], [])).toThrow('/0/0: is not a synset')
  })

  test('a count of words that the line does not hold ends at the end of the line', () => {
    const tables = readWordNet(['00000010 03 n ffffffff car 0 | x\n'], [])
    expect(tables.synsets.get('car')).toEqual(new Set([10]))
  })

  test('lines about one form add up', () => {
    expect(readWordNet([noun], ['axes ax\n', 'axes axis\n']).bases.get('axes')).toEqual(['ax', 'axis'])
  })

  test("METEOR's own files: pairs of lines", () => {
    const synonyms = new WordNetSynonyms(readMeteorSynonyms('ride\n1 2\ngo\n2\n', 'ride\nrode ridden\n'))
    expect([...synonyms.get('rode')]).toEqual([1, 2])
    expect([...synonyms.get('riding')]).toEqual([1, 2])
    expect(() => readMeteorSynonyms('ride\none\n', '')).toThrow('line 2 must hold synset ids')
  })
})
