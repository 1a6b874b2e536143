/**
 * Localization of steps in instructional videos.
 * @module
 */
import type { Task } from '../task.ts'
import { coin } from './formats/coin.ts'
import { type StepItem, stepItem } from './item.ts'

export const stepLocalization: Task<StepItem> = {
  id: 'step_localization',
  item: stepItem,
  pictures: 0,
  needsPictures: false,
  formats: { coin },
  ownLines: null,
  texts: () => [],
  prompt: null,
}
