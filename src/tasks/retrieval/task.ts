/**
 * Retrieval of pictures by captions and of captions by pictures.
 * @module
 */
import type { Task } from '../task.ts'
import { karpathy } from './formats/karpathy-split.ts'
import { type RetrievalItem, retrievalItem } from './item.ts'
import { retrievalLines } from './own-lines.ts'

export const retrieval: Task<RetrievalItem> = {
  id: 'retrieval',
  item: retrievalItem,
  pictures: 1,
  needsPictures: true,
  formats: { karpathy },
  ownLines: retrievalLines,
  texts: ({ captions }) => captions.map(({ text }) => text),
  prompt: null,
}
