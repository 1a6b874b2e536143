/**
 * Retrieval of pictures by captions and of captions by pictures.
 * @module
 */
import type { Task } from '../task.ts'
import { type RetrievalItem, retrievalItem } from './item.ts'

export const retrieval: Task<RetrievalItem> = {
  id: 'retrieval',
  item: retrievalItem,
  pictures: 1,
  needsPictures: true,
  texts: ({ captions }) => captions.map(({ text }) => text),
  prompt: null,
}
