/**
 * Retrieval items in Assay's own format: `captions` are texts, or `{"id": …, "text": …}`.
 * @module
 */
import { isRecord } from '../../files/json.ts'
import type { Draft } from '../draft.ts'
import type { OwnLines } from '../formats/own-lines.ts'
import type { RetrievalItem } from './item.ts'

export const retrievalLines: OwnLines<Draft<RetrievalItem>> = {
  members: ['captions'],
  columns: {
    tell: 'caption',
    lists: { caption: 'captions' },
    id: ['image'],
    grows: {
      member: 'captions',
      join(drafts) {
        const captions = drafts.flatMap((draft) => draft.captions)
        return { ...drafts[0]!, captions: captions.map(({ text }, index) => ({ id: `${drafts[0]!.id}#${index}`, text })) }
      },
    },
  },
  strata: [],
  frames: true,
  read(fields, { id, cluster }, pointer, problems) {
    const list = problems.list(fields['captions'], `${pointer}/captions`) ?? []
    if (Array.isArray(fields['captions']) && list.length === 0) problems.note(`${pointer}/captions`, 'is empty')
    const captions = list.map((caption, index) => {
      const at = `${pointer}/captions/${index}`
      if (!isRecord(caption)) return { id: `${id}#${index}`, text: problems.text(caption, at) ?? '' }
      return { id: problems.id(caption['id'], `${at}/id`) ?? '', text: problems.text(caption['text'], `${at}/text`) ?? '' }
    })
    return { draft: { task: 'retrieval', id, cluster, captions }, labels: [] }
  },
}
