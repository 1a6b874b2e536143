/**
 * Captioning of pictures and clips.
 * @module
 */
import { readCaption } from '../answers/reader.ts'
import { createPrompt } from '../prompt.ts'
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
  prompt: createPrompt<CaptionItem>({
    template: 'Describe the picture in one short sentence.',
    name: null,
    question: () => null,
    pictures: 1,
    read: readCaption,
  }),
}
