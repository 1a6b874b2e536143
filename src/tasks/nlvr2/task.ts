/**
 * NLVR2: whether a statement about two pictures is true.
 * @module
 */
import { readVerdict } from '../answers/reader.ts'
import { createPrompt } from '../prompt.ts'
import type { Task } from '../task.ts'
import { nlvr2Examples } from './formats/nlvr2.ts'
import { type Nlvr2Item, nlvr2Item } from './item.ts'

export const nlvr2: Task<Nlvr2Item> = {
  id: 'nlvr2',
  item: nlvr2Item,
  pictures: 2,
  needsPictures: false,
  formats: { nlvr2: nlvr2Examples },
  ownLines: null,
  texts: ({ sentence }) => [sentence],
  prompt: createPrompt<Nlvr2Item>({
    template:
      'Two pictures are shown: the left one, then the right one. Is this statement about them true?\n' +
      '{{item.sentence}}\nAnswer with one word: true or false.',
    name: 'item.sentence',
    question: ({ sentence }) => sentence,
    pictures: 2,
    read: readVerdict,
  }),
}
