/**
 * COIN as it streams past: the members of `database`, a video each.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import { type CoinSegment, coinVideo } from '../tasks/step-localization/formats/coin.ts'
import { escapePointer } from '../files/json.ts'
import { coinDraft, facts, noCoinVideo } from './drafts.ts'
import type { StreamedFormat } from './streamed-format.ts'

/** Names that `JSON.parse` moves to the front of an object: their place in the file cannot be kept everywhere. */
const ARRAY_INDEX = /^(?:0|[1-9]\d{0,9})$/

export const streamedCoin: StreamedFormat = {
  layout: 'members',
  lists: [{ file: 'annotations', key: 'database' }],

  read({ key, value }, gathered, problems) {
    const id = key!
    if (ARRAY_INDEX.test(id))
      problems.note(`/database/${escapePointer(id)}`, 'must not be a whole number; such a file is imported within a request')
    const video = coinVideo(id, value, problems)
    if (video === undefined) return undefined
    const known = subsetsOf(gathered)
    if (!known.includes(video.subset)) gathered['subsets'] = JSON.stringify([...known, video.subset])
    if (gathered['split'] !== undefined && video.subset !== gathered['split']) return undefined
    gathered['chosen'] = 'some'
    return { id, data: video.segments }
  },

  join(id, [first, ...others], problems) {
    if (others.length > 0) problems.annotations.note(`/database/${escapePointer(id)}`, 'stands there more than once')
    return { draft: coinDraft({ id, segments: first!.data as CoinSegment[] }, first!.index), labels: [] }
  },

  source(gathered) {
    const { split, chosen } = gathered
    if (chosen === undefined) throw invalidField('/split', noCoinVideo(split, subsetsOf(gathered)))
    return facts({ split: split ?? null })
  },
}

function subsetsOf(gathered: Readonly<Record<string, string>>): readonly string[] {
  return JSON.parse(gathered['subsets'] ?? '[]') as string[]
}
