/**
 * Items between their file and storage.
 * @module
 */
import type { ImageReference, Item } from '../contracts/item.ts'

/** An item without its pictures' references. */
export type Draft<Of extends Item = Item> = Of extends Item ? Omit<Of, 'image' | 'images'> : never

/** @param references - one per picture of the task, or null without */
export function withPictures(draft: Draft, pictures: 0 | 1 | 2, references: readonly ImageReference[] | null): Item {
  if (pictures === 0) return draft
  return pictures === 1 ? { ...draft, image: references && references[0]! } : { ...draft, images: references }
}
