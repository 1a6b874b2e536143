/**
 * Visual question answering.
 * @module
 */
import type { Task } from '../task.ts'
import { type VqaItem, vqaItem } from './item.ts'
import { vqaPrompt } from './prompt.ts'

export const vqa: Task<VqaItem> = {
  id: 'vqa',
  item: vqaItem,
  pictures: 1,
  needsPictures: false,
  texts: ({ question }) => [question],
  prompt: vqaPrompt,
}
