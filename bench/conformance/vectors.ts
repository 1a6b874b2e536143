/**
 * Retrieval (VSE++, CLIP4Clip, collaborative-experts) and CLIPScore against their official code, on made-up
 * vectors. Ties are drawn where the official rule decides them; VSE++ and CLIP4Clip's text-to-video sort ties
 * arbitrarily.
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
    const comparison = new Comparison(['image to text', 'text to image'])
    sets.forEach((set, index) => {
      const official = answers[index] as { i2t: Row; t2i: Row; i2t_ranks: number[]; t2i_ranks: number[] }
      const ranks = imageTextRanks(set.visual, set.texts)
      const { i2t, t2i } = summarizeRetrieval(ranks)
      const named = ({ r1, r5, r10, medr, meanr }: typeof i2t) => ({ 'R@1': r1, 'R@5': r5, 'R@10': r10, medr, meanr })
      for (const [name, own, ownRanks, theirs, theirRanks] of [
        ['image to text', i2t, ranks.imageToText, official.i2t, official.i2t_ranks],
        ['text to image', t2i, ranks.textToImage, official.t2i, official.t2i_ranks],
      ] as const) {
        comparison.addEach(name, named(own), theirs, set)
        comparison.addEach(name, Object.fromEntries(ownRanks.entries()), Object.fromEntries(theirRanks.entries()), set)
      }
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
    const comparison = new Comparison([
      ...WAYS.map((way) => `CLIP4Clip ${way}`),
      ...WAYS.map((way) => `collaborative-experts ${way}`),
    ])
    sets.forEach((set, index) => {
      const own = {
        CLIP4Clip: clip4clipRetrieval(set.visual, set.texts),
        'collaborative-experts': collaborativeExpertsRetrieval(set.visual, set.texts),
      }
      const official = { CLIP4Clip: four[index], 'collaborative-experts': experts[index] } as Record<
        keyof typeof own,
        Record<(typeof WAYS)[number], Row>
      >
      for (const rules of ['CLIP4Clip', 'collaborative-experts'] as const)
        for (const way of WAYS) comparison.addEach(`${rules} ${way}`, { ...own[rules][way] }, official[rules][way], set)
    })
    return comparison.rows()
  },
}

const WAYS = ['t2v', 'v2t'] as const

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
      // Near orthogonal vectors a cosine is mostly rounding.
      const isNoise = Math.abs(cosineOf(image, candidate)) < NOISE
      if (isNoise) cosines.leaveOut('cosines within 1e-9 of 0, which are rounding noise')
      else cosines.add({ CLIPScore: clipScore(image, candidate) }, { CLIPScore: score }, { image, candidate })
      if (isNoise || Math.abs(text) < NOISE || Math.abs(score + text) < NOISE * (Math.abs(score) + Math.abs(text)))
        harmonic.leaveOut('harmonic means of numbers within 1e-9 of 0 or of opposite numbers, which are rounding noise')
      else {
        const official = { RefCLIPScore: answer!['RefCLIPScore']![index] ?? Number.NaN }
        harmonic.add({ RefCLIPScore: refClipScore(image, candidate, references) }, official, { image, candidate, references })
      }
    })
    return [...cosines.rows(), ...harmonic.rows()]
  },
}

interface Gallery {
  readonly visual: number[][]
  readonly texts: number[][][]
}

/** @param each - sentences per picture; 0 for any number. Whole numbers tie, and their products are exact. */
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
  const similarities = texts.flatMap((own) =>
    Array.from({ length: longest }, (_, at) => visual.map((row) => (own[at] === undefined ? 0 : dot(own[at], row)))),
  )
  return { similarities, masks: texts.map((own) => Array.from({ length: longest }, (_, at) => Number(at < own.length))) }
}

function cosineOf(a: readonly number[], b: readonly number[]): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0)
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
