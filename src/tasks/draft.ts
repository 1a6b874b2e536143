/**
 * Items between their file and storage.
 * @module
 */
import type { ImageReference, Item } from '../contracts/item.ts'

/** An item without its pictures' references. */
export type Draft<Of extends Item = Item> = Of extends Item ? Omit<Of, 'image' | 'images'> : never

/**
 * @param references - one per picture of the item, or null without. Several in place of one picture are the
 *   frames of a clip, whose middle one stands for it.
 */
export function withPictures(draft: Draft, pictures: 0 | 1 | 2 | 'frames', references: readonly ImageReference[] | null): Item {
  if (pictures === 0 || (pictures === 'frames' && references === null)) return draft
  if (pictures !== 1) return { ...draft, images: references }
  if (references === null || references.length === 1) return { ...draft, image: references && references[0]! }
  return { ...draft, image: references[references.length >> 1]!, images: references }
}
