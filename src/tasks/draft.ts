/**
 * Items on their way from a file to storage.
 * @module
 */
import type { ImageReference, Item } from '../contracts/item.ts'

/** An item whose pictures are not known yet. */
export type Draft<Of extends Item = Item> = Of extends Item ? Omit<Of, 'image' | 'images'> : never

/** @param references - as many as items of the task have pictures, or null without. */
export function withPictures(draft: Draft, pictures: 0 | 1 | 2, references: readonly ImageReference[] | null): Item {
  if (pictures === 0) return draft
  return pictures === 1 ? { ...draft, image: references && references[0]! } : { ...draft, images: references }
}
