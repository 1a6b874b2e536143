import { describe, expect, test } from 'vitest'
import {
  judgementKind,
  readCrowdFlowerAnnotations,
  readExpertAnnotations,
  readFlickr8kCaptions,
} from '../../../src/tasks/caption/formats/flickr8k.ts'
import { evaluateCaptions, tokenizeItems } from '../../../src/metrics/caption-evaluation.ts'
import { correlate, planCrowdFlower, planExpert } from '../../../src/metrics/human-correlation.ts'
import { goldenSources, largestDifference } from './golden.ts'

const KEYS = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr'] as const

describe.each(goldenSources('flickr8k-judgements'))(
  'judgements of captions equal the official protocol: $name',
  ({ json, text }) => {
    test.each(['expert', 'crowdflower'] as const)('%s', (kind) => {
      const captions = readFlickr8kCaptions(text('flickr8k-judgements/captions.token.txt'))
      const file = text(`flickr8k-judgements/${kind === 'expert' ? 'expert' : 'crowd'}.txt`)
      expect(judgementKind(file)).toBe(kind)
      const plan =
        kind === 'expert'
          ? planExpert(readExpertAnnotations(file), captions)
          : planCrowdFlower(readCrowdFlowerAnnotations(file), captions)
      const expected = json('flickr8k-judgements/expected.json')[kind]
      expect(plan.items).toHaveLength(expected.n_judgements ?? expected.n_pairs)
      if (kind === 'expert') expect(plan.skipped).toBe(expected.n_pairs_skipped_candidate_in_references)
      const { perItem } = evaluateCaptions(tokenizeItems(plan.items))
      const step = kind === 'expert' ? 3 : 1
      const differences = expected.scores.map((scores: Record<string, number>, index: number) =>
        Math.max(...KEYS.map((key) => largestDifference(perItem[index * step]![key], scores[key]))),
      )
      expect(Math.max(...differences)).toBeLessThan(1e-9)
      for (const key of KEYS) {
        const tau = correlate(
          plan,
          perItem.map((scores) => scores[key]),
        )
        expect(largestDifference(tau, expected.kendall_tau[key][plan.variant]), key).toBeLessThan(1e-9)
      }
    })
  },
)

describe('Flickr8k protocols', () => {
  const captions = readFlickr8kCaptions('a.jpg#0\tA cat .\na.jpg#1\tA dog .\nb.jpg#0\tA cat .\nb.jpg#1\tA bird .\n')

  test('Expert: one row per rater, without pairs whose candidate is a reference', () => {
    const judgements = readExpertAnnotations('a.jpg\tb.jpg#1\t1\t2\t4\na.jpg\tb.jpg#0\t1\t1\t1\n')
    const plan = planExpert(judgements, captions)
    expect(plan).toMatchObject({ human: [1, 2, 4], variant: 'c', skipped: 1 })
  })

  test('CF: candidates leave the references of their image', () => {
    const judgements = readCrowdFlowerAnnotations('a.jpg\tb.jpg#0\t0.5\t1\t1\na.jpg\tb.jpg#1\t0\t0\t3\n')
    expect(planCrowdFlower(judgements, captions).items.map(({ references }) => references)).toEqual([['A dog .'], ['A dog .']])
  })

  test.each([
    ['a line of other width', () => readFlickr8kCaptions('a.jpg#0 A cat\n'), 'must have 2 columns'],
    ['a caption id without #', () => readFlickr8kCaptions('a.jpg\tA cat\n'), 'not of the form'],
    ['a score that is not a number', () => readExpertAnnotations('a\tb\t1\tx\t3\n'), 'column 4 is not a number'],
    ['an unknown caption', () => planExpert([{ image: 'a.jpg', captionId: 'z', scores: [1] }], captions), 'no caption z'],
  ])('refuse %s', (_, read, message) => {
    expect(read).toThrow(message)
  })
})
