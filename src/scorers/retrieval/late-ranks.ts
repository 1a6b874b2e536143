/**
 * Ranks of a retrieval run's items, which exist only in the whole gallery.
 * @module
 */
import type { LateResult, LateResults } from '../late-results.ts'

/**
 * One item, an image with its captions. Ranks count from 1; a rival is the best wrong answer, null where
 * there is none.
 */
export interface ItemRanks {
  readonly ordinal: number
  /** Rank of the item's best own caption among all captions, and the best caption of another item. */
  readonly image: { readonly rank: number; readonly rival: readonly [ordinal: number, caption: number] | null }
  /** One per caption: rank of the item's image among all images, and the item of the best other image. */
  readonly captions: readonly { readonly rank: number; readonly rival: number | null }[]
}

/** The stored form: [ordinal, rank, rival, captions as [rank, rival]]. */
export type StoredRanks = readonly (readonly [
  number,
  number,
  readonly [number, number] | null,
  readonly (readonly [number, number | null])[],
])[]

export function lateRanks(items: readonly ItemRanks[]): LateResults {
  const byOrdinal = new Map(items.map((item) => [item.ordinal, item]))
  const stored: StoredRanks = items.map(({ ordinal, image, captions }) => [
    ordinal,
    image.rank,
    image.rival,
    captions.map(({ rank, rival }) => [rank, rival] as const),
  ])
  return {
    stored,
    of: (ordinal) => {
      const item = byOrdinal.get(ordinal)
      return item && resultOf(item)
    },
  }
}

/** @param stored - `stored` of {@link lateRanks}, as JSON gave it back. */
export function readLateRanks(stored: unknown): LateResults {
  return lateRanks(
    (stored as StoredRanks).map(([ordinal, rank, rival, captions]) => ({
      ordinal,
      image: { rank, rival },
      captions: captions.map(([of, other]) => ({ rank: of, rival: other })),
    })),
  )
}

/**
 * An item passes when its image finds one of its own captions first: the mean over items is R@1 image to
 * text. Its score is the share of its captions that find the image first: with equal numbers of captions the
 * mean is R@1 text to image.
 */
function resultOf({ image, captions }: ItemRanks): LateResult {
  return {
    passed: image.rank === 1,
    score: captions.filter(({ rank }) => rank === 1).length / captions.length,
    details: {
      image_to_text: {
        rank: image.rank,
        hit_at: hits(image.rank),
        best_wrong: image.rival && { datasource_item_id: image.rival[0], caption: image.rival[1] },
      },
      text_to_image: captions.map(({ rank, rival }, caption) => ({
        caption,
        rank,
        hit_at: hits(rank),
        best_wrong: rival === null ? null : { datasource_item_id: rival },
      })),
    },
  }
}

const hits = (rank: number) => ({ 1: rank <= 1, 5: rank <= 5, 10: rank <= 10 })
