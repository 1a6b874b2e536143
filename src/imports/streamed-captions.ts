/**
 * Captions as they stream past: MSCOCO's images and annotations in any order, and MSVD's sentences, joined by image or clip.
 * @module
 */
import { msvdSentence } from '../tasks/caption/formats/msvd.ts'
import { captionDraft } from './drafts.ts'
import { requireLines, type StreamedFormat, unique } from './streamed-format.ts'

export const streamedCocoCaptions: StreamedFormat = {
  layout: 'arrays',
  lists: [
    { file: 'annotations', key: 'images' },
    { file: 'annotations', key: 'annotations' },
  ],

  read({ array, index, value }, facts, problems) {
    const pointer = array === 0 ? `/images/${index}` : `/annotations/${index}`
    const fields = problems.record(value, pointer)
    if (fields === undefined) return undefined
    const member = array === 0 ? 'id' : 'image_id'
    const id = problems.id(fields[member], `${pointer}/${member}`)
    const type = typeof fields[member]
    if (array === 1) {
      const text = problems.text(fields['caption'], `${pointer}/caption`)
      return id === undefined || text === undefined ? undefined : { id, data: [type, text] }
    }
    if (id === undefined) return undefined
    facts['id_type'] ??= type
    if (type !== facts['id_type']) problems.note(`${pointer}/id`, `must be a ${facts['id_type']} like the ids before it`)
    return { id, data: [type] }
  },

  join(id, records, problems) {
    const image = unique(records, 0, streamedCocoCaptions, 'id', problems)
    const captions = records.filter(({ array }) => array === 1)
    const strays = captions.filter(({ data }) => image === undefined || (data as string[])[0] !== (image.data as string[])[0])
    for (const { index } of strays) problems.annotations.note(`/annotations/${index}/image_id`, `/images has no image ${id}`)
    if (image === undefined || strays.length > 0) return undefined
    if (captions.length === 0) {
      problems.annotations.note(`/images/${image.index}`, `image ${id} has no caption; the official evaluation fails on it too`)
      return undefined
    }
    const references = captions.map(({ data }) => (data as [string, string])[1])
    return { draft: captionDraft(id, image.index, references), labels: [] }
  },

  source: (facts) => ({ id_type: facts['id_type'] ?? 'number' }),
}

export const streamedMsvd: StreamedFormat = {
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  called: 'captions',

  read({ index, value }, _facts, problems) {
    const found = msvdSentence((value as string).replace(/\r?\n$/, ''), index, problems)
    return found && { id: found.id, data: found.sentence }
  },

  join: (id, records) => ({
    draft: captionDraft(
      id,
      records[0]!.index,
      records.map(({ data }) => data as string),
    ),
    labels: [],
  }),

  source(_facts, [lines]) {
    requireLines(lines!, 'captions', 'holds no sentence')
    return { id_type: 'string' }
  },
}
