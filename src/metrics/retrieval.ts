/**
 * Image–text retrieval with the evaluation of VSE++.
 *
 * Faghri et al., "VSE++", BMVC 2018; fartashf/vsepp @abe382f `evaluation.py`. Quirks kept: the first five
 * captions of an image; an image's rank is that of its best own caption among all captions; among equal
 * similarities the later index ranks first (a reversed argsort); median rank is floor(median) + 1.
 * @module
 */
import { mean, median } from './averages.ts'
import { crossModalCounts, countsOfRow, type RankCounts } from './cross-modal-ranks.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { rowsOf, type Vector } from './vectors.ts'

export const retrievalMetric: MetricDescriptor = {
  name: 'retrieval',
  variants: ['vse++/image-to-text', 'vse++/text-to-image', 'vse++/five-fold'],
  direction: 'higher_is_better',
  range: [0, 100],
  unit: 'percent',
  source: { paper: 'Faghri et al., BMVC 2018', code: 'fartashf/vsepp @abe382f evaluation.py' },
}

/** Number of captions per image that the official code scores. */
export const CAPTIONS_PER_IMAGE = 5

export interface ImageTextRanks {
  /** From 0: number of captions that outrank the image's best own caption. One per image. */
  readonly imageToText: Int32Array
  /** From 0: number of images that outrank the caption's own. One per scored caption, image by image. */
  readonly textToImage: Int32Array
  /** The image of each scored caption. */
  readonly captionImage: Int32Array
}

/**
 * Ranks by dot product in Float64, so by cosine for vectors of unit length, as VSE++'s are (`normalize` in
 * `vectors.ts`). Time O(images × captions × dimensions), memory O(captions) beside
 * the vectors, which are not copied.
 * @param images - one vector per image.
 * @param captions - one list of vectors per image, in file order; those beyond the first `captionsPerImage`
 *   are ignored.
 * @param onRow - receives each image's row of similarities with all scored captions before it is overwritten.
 * @throws {RangeError} for vectors of unequal length or with non-finite components, or an image without
 *   captions.
 */
export function imageTextRanks(
  images: readonly Vector[],
  captions: readonly (readonly Vector[])[],
  captionsPerImage = CAPTIONS_PER_IMAGE,
  onRow?: (image: number, similarities: Float64Array) => void,
): ImageTextRanks {
  if (images.length !== captions.length) throw new RangeError(`${images.length} images, but captions of ${captions.length}`)
  const scored = captions.map((own) => own.slice(0, captionsPerImage))
  const captionImage = Int32Array.from(scored.flatMap((own, image) => own.map(() => image)))
  const counts = crossModalCounts(rowsOf(images), rowsOf(scored.flat()), captionImage, onRow)
  return { imageToText: laterWins(counts.visualToText), textToImage: laterWins(counts.textToVisual), captionImage }
}

/** 0-based rank of entry `match` in one row of similarities, under VSE++'s tie rule. @internal */
export function laterWinsRank(similarities: ArrayLike<number>, match: number): number {
  const { greater, tiedAfter } = countsOfRow(similarities, match)
  return greater + tiedAfter
}

/** Recall, median and mean rank of one direction. */
export interface RankSummary {
  readonly r1: number
  readonly r5: number
  readonly r10: number
  /** floor(median of the 0-based ranks) + 1. */
  readonly medr: number
  /** Mean of the 0-based ranks + 1. */
  readonly meanr: number
}

/** Percentage of queries with a 0-based rank below k. NaN without queries. */
export function recallAt(ranks: ArrayLike<number>, k: number): number {
  let hits = 0
  for (let i = 0; i < ranks.length; i++) if (ranks[i]! < k) hits++
  return (100 * hits) / ranks.length
}

function summarizeRanks(ranks: ArrayLike<number>): RankSummary {
  return {
    r1: recallAt(ranks, 1),
    r5: recallAt(ranks, 5),
    r10: recallAt(ranks, 10),
    medr: Math.floor(median(ranks)) + 1,
    meanr: mean(ranks) + 1,
  }
}

export interface RetrievalSummary {
  readonly i2t: RankSummary
  readonly t2i: RankSummary
  /** Sum of the six recalls, 0–600. */
  readonly rsum: number
}

export function summarizeRetrieval(ranks: Pick<ImageTextRanks, 'imageToText' | 'textToImage'>): RetrievalSummary {
  const i2t = summarizeRanks(ranks.imageToText)
  const t2i = summarizeRanks(ranks.textToImage)
  return { i2t, t2i, rsum: i2t.r1 + i2t.r5 + i2t.r10 + t2i.r1 + t2i.r5 + t2i.r10 }
}

/**
 * Mean over consecutive folds of the gallery ("MSCOCO 1K": five folds of 1000 images).
 * @throws {RangeError} unless the images divide into the folds.
 */
export function foldedRetrieval(
  images: readonly Vector[],
  captions: readonly (readonly Vector[])[],
  folds = 5,
): { mean: RetrievalSummary; folds: RetrievalSummary[] } {
  const size = images.length / folds
  if (!Number.isInteger(size) || size === 0) throw new RangeError(`${images.length} images do not divide into ${folds} folds`)
  const summaries = Array.from({ length: folds }, (_, fold) => {
    const from = fold * size
    return summarizeRetrieval(imageTextRanks(images.slice(from, from + size), captions.slice(from, from + size)))
  })
  const average = (pick: (summary: RetrievalSummary) => number) => mean(summaries.map(pick))
  const direction = (which: 'i2t' | 't2i'): RankSummary => ({
    r1: average((summary) => summary[which].r1),
    r5: average((summary) => summary[which].r5),
    r10: average((summary) => summary[which].r10),
    medr: average((summary) => summary[which].medr),
    meanr: average((summary) => summary[which].meanr),
  })
  return { mean: { i2t: direction('i2t'), t2i: direction('t2i'), rsum: average(({ rsum }) => rsum) }, folds: summaries }
}

function laterWins({ greater, tiedAfter }: RankCounts): Int32Array {
  return greater.map((count, query) => count + tiedAfter[query]!)
}
