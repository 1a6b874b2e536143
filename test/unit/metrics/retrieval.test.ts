import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readKarpathySplit } from '../../../src/tasks/retrieval/formats/karpathy-split.ts'
import { foldedRetrieval, imageTextRanks, laterWinsRank, summarizeRetrieval } from '../../../src/metrics/retrieval.ts'
import {
  averagedRank,
  clip4clipColumns,
  clip4clipMetrics,
  clip4clipRetrieval,
  collaborativeExpertsMetrics,
  collaborativeExpertsRetrieval,
} from '../../../src/metrics/text-video-retrieval.ts'
import { type GoldenSource, goldenSources, largestDifference } from './golden.ts'
import { bytesOf } from '../../support/official-files.ts'

/** VSE++ has other names for its keys. */
function vsepp({ r1, r5, r10, medr, meanr }: ReturnType<typeof summarizeRetrieval>['i2t']) {
  return { 'R@1': r1, 'R@5': r5, 'R@10': r10, medr, meanr }
}

function loadImageText({ json }: GoldenSource) {
  const drafts = readKarpathySplit(bytesOf(json('retrieval-image-text/dataset.json')), { split: 'test' })
  const { image, caption } = json('retrieval-image-text/embeddings.json')
  return {
    images: drafts.map(({ id }) => image[Number(id)]),
    captions: drafts.map(({ captions }) => captions.map(({ id }) => caption[Number(id)])),
    expected: json('retrieval-image-text/expected.json'),
  }
}

function loadTextVideo({ json }: GoldenSource) {
  const { video, caption, captions_per_video } = json('retrieval-text-video/embeddings.json')
  let from = 0
  return {
    videos: video,
    captions: captions_per_video.map((count: number) => caption.slice(from, (from += count))),
    expected: json('retrieval-text-video/expected.json'),
  }
}

function product(a: number[], b: number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}

describe.each(goldenSources('retrieval-image-text/dataset.json'))('VSE++: $name', (source) => {
  test('every rank and every summary', () => {
    const { images, captions, expected } = loadImageText(source)
    const ranks = imageTextRanks(images, captions)
    expect(Array.from(ranks.imageToText)).toEqual(expected.i2t_rank_0based_per_image)
    expect(Array.from(ranks.textToImage)).toEqual(expected.t2i_rank_0based_per_caption)
    const { i2t, t2i, rsum } = summarizeRetrieval(ranks)
    const difference = largestDifference(
      { i2t: vsepp(i2t), t2i: vsepp(t2i), rsum },
      { i2t: expected.i2t, t2i: expected.t2i, rsum: expected.rsum },
    )
    expect(difference).toBeLessThan(1e-12)
  })

  test('five folds', () => {
    const { images, captions, expected } = loadImageText(source)
    const { mean, folds } = foldedRetrieval(images, captions)
    const named = Object.fromEntries([
      ...Object.entries(vsepp(mean.i2t)).map(([key, value]) => [`i2t ${key}`, value]),
      ...Object.entries(vsepp(mean.t2i)).map(([key, value]) => [`t2i ${key}`, value]),
      ['rsum', mean.rsum],
    ])
    expect(largestDifference(named, expected.fold5_mean)).toBeLessThan(1e-12)
    const rows = folds.map(({ i2t, t2i, rsum }) => Object.values(vsepp(i2t)).concat(Object.values(vsepp(t2i)), rsum))
    expect(largestDifference(rows, expected.fold5)).toBeLessThan(1e-12)
  })
})

describe.each(goldenSources('retrieval-text-video'))('text–video retrieval: $name', (source) => {
  test('CLIP4Clip', () => {
    const { videos, captions, expected } = loadTextVideo(source)
    const { t2v, v2t, t2v_ranks } = clip4clipRetrieval(videos, captions)
    const { t2v_ranks_0based_in_caption_order, ...summary } = expected.CLIP4Clip_multi_sentence
    expect(Array.from(t2v_ranks)).toEqual(t2v_ranks_0based_in_caption_order)
    expect(largestDifference({ t2v, v2t }, summary)).toBeLessThan(1e-12)
  })

  test('collaborative-experts', () => {
    const { videos, captions, expected } = loadTextVideo(source)
    const { t2v, v2t } = collaborativeExpertsRetrieval(videos, captions)
    expect(largestDifference({ t2v, v2t }, expected['collaborative-experts'])).toBeLessThan(1e-12)
  })
})

test.each(goldenSources('retrieval-image-text/ties.json'))('three tie rules on the golden ties: $name', ({ json }) => {
  for (const { sims_rows_are_queries: rows, ...expected } of json('retrieval-image-text/ties.json')) {
    expect(rows.map(laterWinsRank)).toEqual(expected.rank0_argsort_reversed_numpy)
    const columns = rows.flatMap(clip4clipColumns)
    expect({ ...clip4clipMetrics(columns), cols: columns }).toEqual(expected.CLIP4Clip_compute_metrics)
    const { R1, R5, R10, MedR, MeanR } = collaborativeExpertsMetrics(rows.map(averagedRank))
    expect({ R1, R5, R10, MedR, MeanR }).toEqual(expected.CE_averaging)
  }
})

describe('image–text ranks', () => {
  const components = fc.array(fc.constantFrom(-1, 0, 1), { minLength: 3, maxLength: 3 })
  const gallery = fc.array(fc.tuple(components, fc.array(components, { minLength: 1, maxLength: 7 })), {
    minLength: 1,
    maxLength: 8,
  })

  test('equal a full similarity matrix sorted row by row', () => {
    fc.assert(
      fc.property(gallery, (pairs) => {
        const images = pairs.map(([image]) => image)
        const captions = pairs.map(([, own]) => own)
        const { imageToText, textToImage, captionImage } = imageTextRanks(images, captions)
        const texts = captions.flatMap((own) => own.slice(0, 5))
        const byText = texts.map((text, j) =>
          laterWinsRank(
            images.map((image) => product(image, text)),
            captionImage[j]!,
          ),
        )
        const byImage = images.map((image, i) => {
          const row = texts.map((text) => product(image, text))
          return Math.min(...row.flatMap((_, j) => (captionImage[j] === i ? [laterWinsRank(row, j)] : [])))
        })
        expect(Array.from(textToImage)).toEqual(byText)
        expect(Array.from(imageToText)).toEqual(byImage)
      }),
    )
  })

  test('refuse ragged vectors, NaN and images without captions', () => {
    expect(() => imageTextRanks([[1, 0]], [[[1, 0, 0]]])).toThrow('dimensions')
    expect(() => imageTextRanks([[1, 0], [1]], [[[1, 0]], [[1, 0]]])).toThrow('vector 1')
    expect(() => imageTextRanks([[NaN, 0]], [[[1, 0]]])).toThrow('not finite')
    expect(() =>
      imageTextRanks(
        [
          [1, 0],
          [0, 1],
        ],
        [[[1, 0]], []],
      ),
    ).toThrow('no sentence')
    expect(() => foldedRetrieval([[1]], [[[1]]], 5)).toThrow('folds')
  })
})
