/**
 * What a retrieval run says of each item: the ranks of its queries, which exist only against the whole gallery. Beside the report, never in it.
 * @module
 */
import type { ScorerSpec } from '../../contracts/scorer-spec.ts'
import type { SampleEvidence, ShardTally } from '../../contracts/run.ts'
import type { SampleRow } from '../../contracts/sample-row.ts'
import { scorerFor } from '../registry.ts'

/** One item, an image with its captions. Ranks count from 1; a rival is the best wrong answer, null where there is none. */
export interface ItemRanks {
  readonly ordinal: number
  /** Of the item's best own caption among all captions, and the best caption of another item. */
  readonly image: { readonly rank: number; readonly rival: readonly [ordinal: number, caption: number] | null }
  /** Of the item's image among all images, one per caption, and the best other image's item. */
  readonly captions: readonly { readonly rank: number; readonly rival: number | null }[]
}

export function encodeItemRanks(items: readonly ItemRanks[]): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(
      items.map(({ ordinal, image, captions }) => [
        ordinal,
        image.rank,
        image.rival,
        captions.map(({ rank, rival }) => [rank, rival]),
      ]),
    ),
  )
}

export function decodeItemRanks(bytes: Uint8Array): Map<number, ItemRanks> {
  const items = JSON.parse(new TextDecoder().decode(bytes)) as [
    number,
    number,
    [number, number] | null,
    [number, number | null][],
  ][]
  return new Map(
    items.map(([ordinal, rank, rival, captions]) => [
      ordinal,
      { ordinal, image: { rank, rival }, captions: captions.map(([of, other]) => ({ rank: of, rival: other })) },
    ]),
  )
}

/** The image finds one of its own captions first: the mean over items is R@1 image to text. */
const isHit = ({ image }: ItemRanks): boolean => image.rank === 1

/** The share of the item's captions that find their image first: with equal numbers of captions the mean over items is R@1 text to image. */
const scoreOf = ({ captions }: ItemRanks): number => captions.filter(({ rank }) => rank === 1).length / captions.length

const hits = (rank: number) => ({ 1: rank <= 1, 5: rank <= 5, 10: rank <= 10 })

/** A sample's evidence with what the merge found out about it. */
export function withRanks(sample: SampleEvidence, ranks: ItemRanks): SampleEvidence {
  return {
    ...sample,
    results: sample.results.map((result) => {
      if (result.type !== 'retrieval' || result.status !== 'scored') return result
      const { reason: _, ...rest } = result
      return {
        ...rest,
        passed: isHit(ranks),
        score: scoreOf(ranks),
        details: {
          ...result.details,
          image_to_text: {
            rank: ranks.image.rank,
            hit_at: hits(ranks.image.rank),
            best_wrong: ranks.image.rival && { datasource_item_id: ranks.image.rival[0], caption: ranks.image.rival[1] },
          },
          text_to_image: ranks.captions.map(({ rank, rival }, caption) => ({
            caption,
            rank,
            hit_at: hits(rank),
            best_wrong: rival === null ? null : { datasource_item_id: rival },
          })),
        },
      }
    }),
  }
}

/** A shard's counts anew, now that ranks are known. @param rows - the shard's. */
export function tallyWithRanks(
  tally: ShardTally,
  rows: readonly SampleRow[],
  criteria: readonly ScorerSpec[],
  ranks: ReadonlyMap<number, ItemRanks>,
): ShardTally {
  const passes = (row: SampleRow, index: number): boolean => {
    const spec = criteria[index]!
    if (spec.type !== 'retrieval') return scorerFor(spec).passes(spec, row.outcomes[index]!.stats)
    const own = ranks.get(row.ordinal)
    return own !== undefined && isHit(own)
  }
  const count = (of: readonly number[]) => {
    const errored = rows.filter(({ outcomes }) => of.some((index) => outcomes[index]!.status !== 'scored')).length
    const passed = rows.filter(
      (row) => of.every((index) => row.outcomes[index]!.status === 'scored') && of.every((index) => passes(row, index)),
    ).length
    return { passed, errored, failed: rows.length - errored - passed }
  }
  return {
    ...count(criteria.map((_, index) => index)),
    per_criterion: criteria.map((_, index) => count([index])),
    usage: tally.usage,
  }
}
