import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCocoCaptions, readCocoResults } from '../../../src/tasks/caption/formats/coco-captions.ts'
import { bleuOf, bleuStatistics, decodeBleu, encodeBleu, sumBleu } from '../../../src/metrics/bleu.ts'
import {
  type CaptionedItem,
  type CaptionScores,
  evaluateCaptions,
  tokenizeItems,
} from '../../../src/metrics/caption-evaluation.ts'
import { cider } from '../../../src/metrics/cider.ts'
import { countDocumentFrequencies, tableOfFrequencies } from '../../../src/metrics/document-frequencies.ts'
import { mean } from '../../../src/metrics/averages.ts'
import { rougeL } from '../../../src/metrics/rouge-l.ts'
import { type GoldenSource, goldenJson, goldenSources, hasOfficial, largestDifference, official } from './golden.ts'
import { bytesOf } from '../../support/official-files.ts'

const KEYS = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr'] as const

function pick(scores: Record<string, number>): CaptionScores {
  return Object.fromEntries(KEYS.map((key) => [key, scores[key]])) as unknown as CaptionScores
}

function cocoItems({ json }: GoldenSource): CaptionedItem[] {
  const annotations = readCocoCaptions(bytesOf(json('coco-captions/annotations.json')))
  const results = readCocoResults(json('coco-captions/results.json'), annotations)
  return annotations.images
    .filter(({ id }) => results.has(id))
    .map(({ id, captions }) => ({ id, candidate: results.get(id)!, references: captions }))
}

describe('caption metrics equal pycocoevalcap', () => {
  test.each(goldenSources('coco-captions'))('tokens, corpus and every image: $name', (source) => {
    const items = tokenizeItems(cocoItems(source))
    const tokenized = source.json('coco-captions/tokenized.json')
    for (const { id, candidate, references } of items)
      expect({ test: candidate, refs: references }).toEqual({ test: tokenized[id].test, refs: tokenized[id].refs })
    const expected = source.json('coco-captions/expected.json')
    const { aggregate, perItem } = evaluateCaptions(items)
    expect(largestDifference(aggregate, pick(expected.aggregate))).toBeLessThan(1e-9)
    items.forEach(({ id }, i) => expect(largestDifference(perItem[i], pick(expected.per_image[id]))).toBeLessThan(1e-9))
    expect(sumBleu(items.map((item) => bleuStatistics(item.candidate, item.references)))).toEqual(expected.bleu_components)
  })

  const cases: [string, { gts: Record<string, string[]>; res: Record<string, [string]>; expected: never }][] = Object.entries(
    goldenJson('caption-metric-edge-cases/cases.json'),
  )
  test.each(cases)('edge case %s', (_, { gts, res, expected }: { gts: any; res: any; expected: any }) => {
    const items = Object.keys(gts).map((id) => ({ id, candidate: res[id][0], references: gts[id] }))
    const { aggregate, perItem } = evaluateCaptions(items)
    expect(largestDifference(aggregate, pick(expected.aggregate))).toBeLessThan(1e-9)
    items.forEach(({ id }, i) => expect(largestDifference(perItem[i], pick(expected.per_image[id]))).toBeLessThan(1e-9))
  })

  const examples = goldenSources('clipscore').flatMap((source) =>
    ['good', 'bad'].map((name) => [name, source.name, source] as const),
  )
  test.each(examples)('the %s example in the layout of the CLIPScore repository: %s', (name, _, { json }) => {
    const captions = json(`clipscore/example_${name}_captions.json`)
    const references = json('clipscore/example_references.json')
    const ids = Object.keys(captions)
    const { aggregate } = evaluateCaptions(
      tokenizeItems(ids.map((id) => ({ id, candidate: captions[id], references: references[id] }))),
    )
    expect(largestDifference(aggregate, pick(json(`clipscore/example_${name}_expected.json`).aggregate))).toBeLessThan(1e-9)
  })
})

describe('CIDEr and CIDEr-D with other document frequencies', () => {
  test.each(goldenSources('cider-document-frequencies'))('a fixed table: $name', (source) => {
    const { ref_len, document_frequency } = source.json('cider-document-frequencies/document_frequencies.json')
    const expected = source.json('cider-document-frequencies/expected.json')
    const table = tableOfFrequencies(document_frequency, ref_len)
    const all = tokenizeItems(cocoItems(source))
    const items = expected.image_ids.map((id: string) => all.find((item) => item.id === id)!)
    const score = (variant: 'CIDEr' | 'CIDEr-D') =>
      Object.fromEntries(items.map((item: CaptionedItem) => [item.id, cider(item.candidate, item.references, table, variant)]))
    expect(largestDifference(score('CIDEr-D'), expected.CIDErD)).toBeLessThan(1e-9)
    expect(largestDifference(score('CIDEr'), expected.CIDEr)).toBeLessThan(1e-9)
    const corpus = countDocumentFrequencies(all.map(({ references }) => references))
    const plain = all.map((item) => cider(item.candidate, item.references, corpus, 'CIDEr'))
    expect(largestDifference(mean(plain), expected.whole_file_corpus_idf.CIDEr)).toBeLessThan(1e-9)
    const perImage = Object.fromEntries(all.map(({ id }, i) => [id, plain[i]]))
    expect(largestDifference(perImage, expected.whole_file_corpus_idf.CIDEr_per_image)).toBeLessThan(1e-9)
  })

  test.skipIf(!hasOfficial('cider-abstract48s'))('Abstract-48S: an image counts once per candidate', () => {
    const expected = official.json('cider-abstract48s/expected.json')
    const references = Map.groupBy(official.json('cider-abstract48s/abstract48S.json'), ({ image_id }: any) => image_id)
    const candidates: { image_id: string; caption: string }[] = official.json('cider-abstract48s/abstract_candsB.json')
    const items = tokenizeItems(
      candidates.map(({ image_id, caption }, i) => ({
        id: String(i),
        candidate: caption,
        references: references.get(image_id)!.map((entry: any) => entry.caption),
      })),
    )
    expect(items.map(({ candidate }) => candidate)).toEqual(official.json('cider-abstract48s/tokenized_candidates.json'))
    const frequencies = countDocumentFrequencies(items.map((item) => item.references))
    for (const [variant, key] of [
      ['CIDEr', 'CIDEr'],
      ['CIDEr-D', 'CIDErD'],
    ] as const) {
      const scores = items.map((item) => cider(item.candidate, item.references, frequencies, variant))
      expect(largestDifference(scores, expected[key])).toBeLessThan(1e-9)
      expect(largestDifference(mean(scores), expected.aggregate[key])).toBeLessThan(1e-9)
    }
  })
})

describe('laws of the caption metrics', () => {
  const caption = fc
    .array(fc.constantFrom('a', 'dog', 'cat', 'runs', 'on', 'grass'), { maxLength: 9 })
    .map((words) => words.join(' '))
  const corpus = fc.array(fc.record({ candidate: caption, references: fc.array(caption, { minLength: 1, maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 8,
  })

  test('BLEU of any partition is BLEU of the whole', () => {
    fc.assert(
      fc.property(corpus, fc.nat(), (items, cut) => {
        const rows = items.map((item) => bleuStatistics(item.candidate, item.references))
        const at = cut % (rows.length + 1)
        const parts = sumBleu([sumBleu(rows.slice(0, at)), sumBleu(rows.slice(at))])
        expect(bleuOf(parts)).toEqual(bleuOf(sumBleu(rows)))
        expect(rows.map((row) => decodeBleu(encodeBleu(row)))).toEqual(rows)
      }),
    )
  })

  test('document frequencies do not depend on the order of documents or references', () => {
    fc.assert(
      fc.property(corpus, (items) => {
        const sets = items.map(({ references }) => references)
        const forward = countDocumentFrequencies(sets)
        const backward = countDocumentFrequencies(sets.toReversed().map((references) => references.toReversed()))
        for (const { candidate, references } of items)
          expect(cider(candidate, references, forward)).toBe(cider(candidate, references, backward))
      }),
    )
  })

  test('a corpus scores like its items, with any white space between words', () => {
    const oddCaption = fc
      .array(fc.tuple(fc.constantFrom('a', 'dog', 'caf\u00E9', '3\u00A01/4'), fc.constantFrom(' ', '  ', '\u3000')), {
        maxLength: 40,
      })
      .map((pieces) => pieces.flat().join('').trimEnd())
    const anyCaption = fc.oneof(caption, oddCaption)
    const anyCorpus = fc.array(
      fc.record({ candidate: anyCaption, references: fc.array(anyCaption, { minLength: 1, maxLength: 3 }) }),
    )
    fc.assert(
      fc.property(anyCorpus, (bare) => {
        const items = bare.map((item, i) => Object.assign({ id: String(i) }, item))
        const frequencies = countDocumentFrequencies(items.map(({ references }) => references))
        const { perItem, bleu } = evaluateCaptions(items)
        expect(evaluateCaptions(items, { frequencies }).perItem).toEqual(perItem)
        expect(bleu).toEqual(items.map(({ candidate, references }) => bleuStatistics(candidate, references)))
        items.forEach(({ candidate, references }, i) => {
          expect(perItem[i]!.ROUGE_L).toBe(rougeL(candidate, references))
          expect(perItem[i]!.CIDEr).toBe(cider(candidate, references, frequencies))
        })
      }),
    )
  })

  test('ROUGE-L is the longest common subsequence, beyond 32 words too', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(text, text, (candidate, reference) => {
        const table = [...candidate, 0].map(() => [...reference, 0].map(() => 0))
        candidate.forEach((a, i) =>
          reference.forEach((b, j) => {
            table[i + 1]![j + 1] = a === b ? table[i]![j]! + 1 : Math.max(table[i]![j + 1]!, table[i + 1]![j]!)
          }),
        )
        const common = table[candidate.length]![reference.length]!
        const [precision, recall] = [common / candidate.length, common / reference.length]
        const expected = common === 0 ? 0 : ((1 + 1.2 ** 2) * precision * recall) / (recall + 1.2 ** 2 * precision)
        expect(rougeL(candidate.join(' '), [reference.join(' ')])).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('values stay in range and a copy of every reference is best', () => {
    fc.assert(
      fc.property(corpus, (items) => {
        const { perItem } = evaluateCaptions(items.map((item, i) => Object.assign({ id: String(i) }, item)))
        perItem.forEach((scores, i) => {
          for (const key of ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L'] as const) {
            expect(scores[key]).toBeGreaterThanOrEqual(0)
            expect(scores[key]).toBeLessThanOrEqual(1 + 1e-12)
          }
          expect(scores.CIDEr).toBeLessThanOrEqual(10 + 1e-9)
          expect(rougeL(items[i]!.references[0]!, items[i]!.references)).toBeCloseTo(1, 12)
        })
      }),
    )
  })
})
