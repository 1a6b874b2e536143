/**
 * Visual question answering.
 * @module
 */
import type { Task } from '../task.ts'
import { vqaV2 } from './formats/vqa-v2.ts'
import { type VqaItem, vqaItem } from './item.ts'
import { vqaLines } from './own-lines.ts'
import { vqaPrompt } from './prompt.ts'

export const vqa: Task<VqaItem> = {
  id: 'vqa',
  item: vqaItem,
  pictures: 1,
  needsPictures: false,
  formats: { 'vqa-v2': vqaV2 },
  ownLines: vqaLines,
  texts: ({ question }) => [question],
  prompt: vqaPrompt,
}
