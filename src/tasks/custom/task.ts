/**
 * Items of the user's own shape, described by a JSON Schema of the user's.
 * @module
 */
import type { Task } from '../task.ts'
import { type CustomItem, customItem } from './item.ts'
import { customLines } from './own-lines.ts'
import { customPrompt } from './prompt.ts'

export const custom: Task<CustomItem> = {
  id: 'custom',
  item: customItem,
  pictures: 1,
  needsPictures: false,
  formats: {},
  ownLines: customLines,
  texts: () => [],
  prompt: customPrompt,
}
