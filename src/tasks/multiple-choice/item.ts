/**
 * A question about a picture with options, one of which is right.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

/** Most options of a question: each has a letter. */
export const MOST_OPTIONS = 26

export const multipleChoiceItem = z.object({
  task: z.literal('multiple_choice'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  question: z.string(),
  /** Different texts, in the order in which they are shown. */
  options: z.array(z.string()).min(2).max(MOST_OPTIONS).readonly(),
  /** Place of the right option, from 0. */
  answer: z.int().nonnegative(),
  category: z.string(),
})

export type MultipleChoiceItem = z.infer<typeof multipleChoiceItem>

/** The letter of a place: 0 is A. */
export const letterOf = (place: number): string => String.fromCodePoint(65 + place)

/** The place of a letter of either case; undefined for any other text. */
export function placeOfLetter(text: string): number | undefined {
  return /^[a-z]$/i.test(text) ? text.toUpperCase().codePointAt(0)! - 65 : undefined
}

/**
 * An item whose options begin with the one at `by`, and end with those before it (the order of CircularEval:
 * Liu et al., "MMBench: Is Your Multi-modal Model an All-around Player?", ECCV 2024, section 4.1).
 */
export function rotated(item: MultipleChoiceItem, by: number): MultipleChoiceItem {
  const { options, answer } = item
  const { length } = options
  return { ...item, options: [...options.slice(by), ...options.slice(0, by)], answer: (answer - by + length) % length }
}
