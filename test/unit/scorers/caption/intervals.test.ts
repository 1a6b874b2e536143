import { describe, expect, it } from 'vitest'
import type { CaptionItem } from '../../../../src/tasks/caption/item.ts'
import { BLEU_WIDTH, bleuOf, decodeBleu, encodeBleu, unseenBleu } from '../../../../src/metrics/bleu.ts'
import { encodeMeteor, METEOR_WIDTH, meteorOf, meteorStatistics, unseenMeteor } from '../../../../src/metrics/meteor.ts'
import { aggregateCaption } from '../../../../src/scorers/caption/aggregate.ts'

describe('intervals of caption metrics', () => {
  const modules = ['exact'] as const
  const reportOf = (exact: number, otherwise = 'the cat sleeps on a bridge') => {
    const outputs = Array.from({ length: 40 }, (_, ordinal) => ({
      ordinal,
      item: {
        task: 'caption',
        id: `${ordinal}`,
        cluster: `${ordinal}`,
        position: ordinal,
        image: null,
        references: [`a dog number ${ordinal} runs over the old bridge`],
      } as unknown as CaptionItem,
      output: { kind: 'text', text: ordinal < exact ? `a dog number ${ordinal} runs over a bridge` : otherwise } as const,
    }))
    return aggregateCaption(
      { type: 'caption', name: 'caption', meteor: 'exact' },
      {
        rows: outputs.map(({ ordinal }) => ({ ordinal, cluster: ordinal, status: 'scored', stats: [] })),
        version: { digest: '', items: 40, strata: [] },
        columns: { cluster: Uint32Array.from({ length: 40 }, (_, i) => i), strata: [] },
        embeddings: [],
        outputs,
        seed: 0,
        level: 0.95,
        complete: true,
      },
    ).metrics
  }

  it('a BLEU order that few captions match says so; the others do not', () => {
    const notes = (exact: number) =>
      Object.fromEntries(reportOf(exact).map(({ metric, interval }) => [metric, interval?.notes ?? []]))
    expect(notes(9)).toMatchObject({ Bleu_1: [], Bleu_3: ['few_matched_ngrams'], Bleu_4: ['few_matched_ngrams'] })
    expect(notes(10)).toMatchObject({ Bleu_1: [], Bleu_3: [], Bleu_4: [], CIDEr: [], METEOR: [] })
  })

  it('all have one method, width, and their value inside', () => {
    for (const { metric, value, interval, range } of reportOf(20)) {
      expect(interval, metric).toMatchObject({ method: 'bounded-bayesian-bootstrap', clusters: 40 })
      expect(interval!.low, metric).toBeLessThan(value!)
      expect(interval!.high, metric).toBeGreaterThan(value!)
      expect(interval!.low, metric).toBeGreaterThanOrEqual(range[0]!)
      expect(interval!.high, metric).toBeLessThanOrEqual(range[1]!)
    }
  })

  it('of empty captions have width: an unseen one need not be empty', () => {
    for (const { metric, value, interval, range } of reportOf(0, '')) {
      expect(value, metric).toBe(0)
      expect(interval, metric).toMatchObject({ low: 0, notes: expect.arrayContaining(['zero_variance']) as string[] })
      // Little for BLEU: the other captions stay too short for it.
      expect(interval!.high, metric).toBeGreaterThan(0)
      expect(interval!.high, metric).toBeLessThan(0.6 * range[1]!)
    }
  })

  it('an unseen caption matches nothing or everything, at the lengths given', () => {
    const row = encodeBleu({ testlen: 9, reflen: 8, guess: [9, 8, 7, 6], correct: [5, 3, 1, 0] })
    const { worst, best } = unseenBleu(row)
    expect(worst).toHaveLength(BLEU_WIDTH)
    for (const score of bleuOf(decodeBleu(worst))) expect(score).toBeLessThan(1e-3)
    for (const score of bleuOf(decodeBleu(best))) expect(score).toBeCloseTo(1, 6)
    const meteor = encodeMeteor(meteorStatistics('a dog runs over the bridge', ['the dog ran over a bridge'], { modules }))
    const unseen = unseenMeteor(meteor)
    expect(unseen.worst).toHaveLength(METEOR_WIDTH)
    expect(unseen.best).toHaveLength(METEOR_WIDTH)
    expect(meteorOf(unseen.worst)).toBe(0)
    expect(meteorOf(unseen.best)).toBeCloseTo(1, 12)
  })

  it('non-integer lengths do not affect the memoized brevity penalties', () => {
    const lengths = { guess: [9, 8, 7, 6], correct: [9, 8, 7, 6] }
    // 9.5 · 64 + 10 = 9 · 64 + 42: the same place in a table of whole lengths.
    const fractional = bleuOf({ testlen: 9.5, reflen: 10, ...lengths })[0]
    expect(fractional).toBeCloseTo(Math.exp(1 - 10 / 9.5), 8)
    expect(bleuOf({ testlen: 9, reflen: 42, ...lengths })[0]).toBeCloseTo(Math.exp(1 - 42 / 9), 8)
  })
})
