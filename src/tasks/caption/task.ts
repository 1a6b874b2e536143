/**
 * Captioning of pictures and clips.
 * @module
 */
import type { Task } from '../task.ts'
import { type CaptionItem, captionItem } from './item.ts'

export const caption: Task<CaptionItem> = {
  id: 'caption',
  item: captionItem,
  pictures: 1,
  needsPictures: false,
  texts: ({ references }) => references,
  prompt: null,
}
