/**
 * Retrieval (VSE++, CLIP4Clip, collaborative-experts) and CLIPScore against their official code: made vectors. Ties are drawn where the official
 * rule decides them; VSE++ and CLIP4Clip's text-to-video sort without a rule for ties.
 * @module
 */
import { clipScore, refClipScore } from '../../src/metrics/clipscore.ts'
import { imageTextRanks, summarizeRetrieval } from '../../src/metrics/retrieval.ts'
import { clip4clipRetrieval, collaborativeExpertsRetrieval } from '../../src/metrics/text-video-retrieval.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { chance } from './caption-grammar.ts'
import { Comparison } from './captions.ts'
import { type ConformancePart, scaled } from './part.ts'

const SETS = 1000
const PAIRS = 9000
/** A sum that cancels to this share of its terms is rounding noise. */
const NOISE = 1e-9

export const retrieval: ConformancePart = {
  name: 'retrieval',
  official: 'fartashf/vsepp @abe382f',
  run: async (context) => {
    const random = context.random('retrieval/vsepp')
    const sets = Array.from({ length: scaled(SETS, context) }, () => drawnGallery(random, false, 5))
    const requests = sets.map(({ visual, texts }) => ({ images: visual, captions: texts.flat() }))
    const answers = await context.official('vsepp', requests, { checkouts: true })
    const names = ['R@1', 'R@5', 'R@10', 'medr', 'meanr'].flatMap((key) => [`i2t ${key}`, `t2i ${key}`])
    const comparison = new Comparison([...names, 'ranks'])
    sets.forEach(({ visual, texts }, index) => {
      const official = answers[index] as { i2t: Row; t2i: Row; i2t_ranks: number[]; t2i_ranks: number[] }
      const ranks = imageTextRanks(visual, texts)
      const { i2t, t2i } = summarizeRetrieval(ranks)
      const own = (of: typeof i2t, way: string) => ({
        [`${way} R@1`]: of.r1,
        [`${way} R@5`]: of.r5,
        [`${way} R@10`]: of.r10,
        [`${way} medr`]: of.medr,
        [`${way} meanr`]: of.meanr,
      })
      const theirs = (of: Row, way: string) =>
        Object.fromEntries(Object.entries(of).map(([key, value]) => [`${way} ${key}`, value]))
      const unequal = [...ranks.imageToText, ...ranks.textToImage].filter(
        (rank, at) => rank !== [...official.i2t_ranks, ...official.t2i_ranks][at],
      )
      comparison.add(
        { ...own(i2t, 'i2t'), ...own(t2i, 't2i'), ranks: unequal.length },
        { ...theirs(official.i2t, 'i2t'), ...theirs(official.t2i, 't2i'), ranks: 0 },
        { visual, texts },
      )
    })
    return comparison.rows()
  },
}

type Row = Readonly<Record<string, number>>

export const textVideo: ConformancePart = {
  name: 'text-video',
  official: 'ArrowLuo/CLIP4Clip @508ffa3, albanie/collaborative-experts @7eb3b9d',
  run: async (context) => {
    const random = context.random('retrieval/text-video')
    const sets = Array.from({ length: scaled(SETS, context) }, (_, index) => drawnGallery(random, index % 2 === 0, 0))
    const four = await context.official(
      'clip4clip',
      sets.map(({ visual, texts }) => ({ videos: visual, captions: texts })),
      { checkouts: true },
    )
    const experts = await context.official('experts', sets.map(matrixOf), { checkouts: true })
    const keys = (way: string, of: object) => Object.keys(of).map((key) => `${way} ${key}`)
    const flat = (way: string, of: object) =>
      Object.fromEntries(Object.entries(of).map(([key, value]) => [`${way} ${key}`, value as number]))
    const [first] = four as { t2v: Row; v2t: Row }[]
    const [other] = experts as { t2v: Row; v2t: Row }[]
    const comparisons = [
      new Comparison([...keys('CLIP4Clip t2v', first!.t2v), ...keys('CLIP4Clip v2t', first!.v2t)]),
      new Comparison([...keys('collaborative-experts t2v', other!.t2v), ...keys('collaborative-experts v2t', other!.v2t)]),
    ]
    sets.forEach((set, index) => {
      const own = clip4clipRetrieval(set.visual, set.texts)
      const official = four[index] as { t2v: Row; v2t: Row }
      // where sentences tie, its text-to-video ranks are those of an unstable sort; the stand-in sorts stably, as ours does
      comparisons[0]!.add(
        { ...flat('CLIP4Clip t2v', own.t2v), ...flat('CLIP4Clip v2t', own.v2t) },
        { ...flat('CLIP4Clip t2v', official.t2v), ...flat('CLIP4Clip v2t', official.v2t) },
        set,
      )
      const mine = collaborativeExpertsRetrieval(set.visual, set.texts)
      const theirs = experts[index] as { t2v: Row; v2t: Row }
      comparisons[1]!.add(
        { ...flat('collaborative-experts t2v', mine.t2v), ...flat('collaborative-experts v2t', mine.v2t) },
        { ...flat('collaborative-experts t2v', theirs.t2v), ...flat('collaborative-experts v2t', theirs.v2t) },
        set,
      )
    })
    return comparisons.flatMap((comparison) => comparison.rows())
  },
}

export const clipscore: ConformancePart = {
  name: 'clipscore',
  official: 'jmhessel/clipscore @1036465',
  run: async (context) => {
    const random = context.random('clipscore')
    const size = 12
    const draw = (whole: boolean) => Array.from({ length: size }, () => (whole ? random.below(5) - 2 : normal(random)))
    const rows = Array.from({ length: scaled(PAIRS, context) }, () => {
      const whole = chance(random, 0.3)
      const image = nonZero(() => draw(whole))
      const candidate = chance(random, 0.1) ? image.map((value) => 2 * value) : nonZero(() => draw(whole))
      const references = Array.from({ length: 1 + random.below(4) }, () =>
        chance(random, 0.05) ? candidate.map((value) => -value) : nonZero(() => draw(whole)),
      )
      return { image, candidate, references }
    })
    const request = {
      images: rows.map(({ image }) => image),
      candidates: rows.map(({ candidate }) => candidate),
      references: rows.map((row) => row.references),
      dtype: 'float64',
    }
    const [answer] = (await context.official('clipscore', [request], { checkouts: true })) as Record<string, (number | null)[]>[]
    const cosines = new Comparison(['CLIPScore'])
    const harmonic = new Comparison(['RefCLIPScore'])
    rows.forEach(({ image, candidate, references }, index) => {
      const score = answer!['CLIPScore']![index]!
      const text = answer!['text_text_max_cosine']![index]!
      // next to orthogonal vectors a cosine is what rounding leaves of it
      if (Math.abs(score) < NOISE) cosines.leaveOut('cosines within 1e-9 of 0, which are rounding noise')
      else cosines.add({ CLIPScore: clipScore(image, candidate) }, { CLIPScore: score }, { image, candidate })
      if (
        Math.abs(score + text) < NOISE * (Math.abs(score) + Math.abs(text)) ||
        Math.abs(score) < NOISE ||
        Math.abs(text) < NOISE
      )
        harmonic.leaveOut('harmonic means of numbers within 1e-9 of 0 or of opposite numbers, which are rounding noise')
      else
        harmonic.add(
          { RefCLIPScore: refClipScore(image, candidate, references) },
          { RefCLIPScore: answer!['RefCLIPScore']![index] ?? Number.NaN },
          { image, candidate, references },
        )
    })
    return [...cosines.rows(), ...harmonic.rows()]
  },
}

interface Gallery {
  readonly visual: number[][]
  readonly texts: number[][][]
}

/** @param each - sentences of each picture; 0 for any number. Whole numbers tie, and their products are exact. */
function drawnGallery(random: CounterRandom, whole: boolean, each: number): Gallery {
  const count = 2 + random.below(14)
  const size = whole ? 3 : 6
  const component = () => (whole ? random.below(4) - 1 : normal(random))
  const visual = Array.from({ length: count }, () => Array.from({ length: size }, component))
  const texts = visual.map((row) =>
    Array.from({ length: each || 1 + random.below(6) }, () => row.map((value) => value + component())),
  )
  return { visual, texts }
}

function matrixOf({ visual, texts }: Gallery): { similarities: number[][]; masks: number[][] } {
  const longest = Math.max(...texts.map(({ length }) => length))
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
  const similarities = texts.flatMap((own) =>
    Array.from({ length: longest }, (_, at) => visual.map((row) => (own[at] === undefined ? 0 : dot(own[at], row)))),
  )
  return { similarities, masks: texts.map((own) => Array.from({ length: longest }, (_, at) => Number(at < own.length))) }
}

function nonZero(draw: () => number[]): number[] {
  for (;;) {
    const vector = draw()
    if (vector.some((value) => value !== 0)) return vector
  }
}

function normal(random: CounterRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())
}
