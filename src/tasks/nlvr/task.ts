/**
 * NLVR: whether a statement about a synthetic picture is true (Suhr et al., "A Corpus of Natural Language for
 * Visual Reasoning", ACL 2017).
 * @module
 */
import { readVerdict } from '../answers/reader.ts'
import { createPrompt } from '../prompt.ts'
import type { Task } from '../task.ts'
import { nlvrExamples } from './formats/nlvr.ts'
import { type NlvrItem, nlvrItem } from './item.ts'

export const nlvr: Task<NlvrItem> = {
  id: 'nlvr',
  item: nlvrItem,
  pictures: 1,
  needsPictures: false,
  formats: { nlvr: nlvrExamples },
  ownLines: null,
  texts: ({ sentence }) => [sentence],
  prompt: createPrompt<NlvrItem>({
    template:
      'The picture shows three grey boxes with coloured shapes. Is this statement about it true?\n' +
      '{{item.sentence}}\nAnswer with one word: true or false.',
    name: 'item.sentence',
    question: ({ sentence }) => sentence,
    pictures: 1,
    read: readVerdict,
  }),
}
