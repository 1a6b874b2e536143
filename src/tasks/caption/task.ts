/**
 * Captioning of pictures and clips.
 * @module
 */
import type { Task } from '../task.ts'
import { cocoCaptions } from './formats/coco-captions.ts'
import { msvdCaptions } from './formats/msvd-captions.ts'
import { type CaptionItem, captionItem } from './item.ts'

export const caption: Task<CaptionItem> = {
  id: 'caption',
  item: captionItem,
  pictures: 1,
  needsPictures: false,
  formats: { 'coco-captions': cocoCaptions, 'msvd-captions': msvdCaptions },
  ownLines: null,
  texts: ({ references }) => references,
  prompt: null,
}
