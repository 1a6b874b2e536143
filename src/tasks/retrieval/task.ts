/**
 * Retrieval of pictures by captions and of captions by pictures.
 * @module
 */
import { readVerdict } from '../answers/reader.ts'
import { createPrompt } from '../prompt.ts'
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
  fits: createPrompt<RetrievalItem & { readonly text: string }>({
    // The wording of VQAScore (Lin et al., ECCV 2024, section 3).
    template: 'Does this figure show "{{item.text}}"? Please answer yes or no.',
    name: 'item.text',
    question: ({ text }) => text,
    pictures: 1,
    read: readVerdict,
  }),
}
