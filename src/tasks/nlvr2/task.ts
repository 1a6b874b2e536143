/**
 * NLVR2: whether a statement about two pictures is true.
 * @module
 */
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
  prompt: null,
}
