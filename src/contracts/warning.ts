/**
 * Warnings beside an answer: reasons to trust it less. The input was accepted and scored nevertheless.
 *
 * A code is stable; the sentence may be reworded.
 * @module
 */
import { z } from 'zod'
import { PICTURE_KINDS, TRAINED_KINDS } from './picture-kind.ts'

const message = z.string().describe('One sentence for people; it may be reworded.')
const index = z.int().nonnegative().describe('Place of the text or label in the request, or of the text in the item.')
const count = z.int().positive()
const side = z.int().positive().describe('Pixels.')

/** `WARNING_SHAPES[code]`: the members of a warning. */
const WARNING_SHAPES = {
  out_of_domain: z.object({
    code: z.literal('out_of_domain'),
    message,
    kind: z.enum(PICTURE_KINDS).describe('Kind of the picture, as the detector sees it.'),
    trained_on: z.array(z.enum(TRAINED_KINDS)).describe('Kinds of pictures that the model was trained on.'),
  }),
  low_resolution: z.object({
    code: z.literal('low_resolution'),
    message,
    width: side,
    height: side,
    model_size: side.describe('Side of the model’s square input, in pixels.'),
  }),
  resized: z.object({
    code: z.literal('resized'),
    message,
    from: z.object({ width: side, height: side }).describe('The picture, after EXIF orientation.'),
    to: z.object({ width: side, height: side }).describe('The picture as decoded, before the model’s own fit.'),
  }),
  cropped: z.object({
    code: z.literal('cropped'),
    message,
    from: z.object({ width: side, height: side }).describe('The picture, after EXIF orientation.'),
    read: z.object({ width: side, height: side }).describe('The part in its middle that the model read.'),
  }),
  first_frame: z.object({
    code: z.literal('first_frame'),
    message,
    frames: count.describe('Frames of the animation.'),
  }),
  unknown_tokens: z.object({
    code: z.literal('unknown_tokens'),
    message,
    index,
    count: count.describe('Tokens outside the model’s vocabulary.'),
  }),
  unknown_script: z.object({
    code: z.literal('unknown_script'),
    message,
    index,
    scripts: z.array(z.string()).describe('Unicode names of the scripts, such as `Cyrillic`.'),
    languages: z.array(z.string()).describe('Languages that the model was trained on.'),
  }),
  truncated: z.object({
    code: z.literal('truncated'),
    message,
    index,
    count: count.describe('Texts cut off: 1, or the truncated prompts of a label.'),
    max_tokens: count.describe('Most tokens that the model reads.'),
  }),
  empty_text: z.object({ code: z.literal('empty_text'), message, index }),
  emoji_named: z.object({
    code: z.literal('emoji_named'),
    message,
    index,
    count: count.describe('Emoji that were replaced by their English names.'),
    read_as: z.string().describe('The text that the model read.'),
  }),
} as const

export const warning = z.discriminatedUnion('code', [
  WARNING_SHAPES.out_of_domain,
  WARNING_SHAPES.low_resolution,
  WARNING_SHAPES.resized,
  WARNING_SHAPES.cropped,
  WARNING_SHAPES.first_frame,
  WARNING_SHAPES.unknown_tokens,
  WARNING_SHAPES.unknown_script,
  WARNING_SHAPES.truncated,
  WARNING_SHAPES.empty_text,
  WARNING_SHAPES.emoji_named,
])

export type Warning = z.infer<typeof warning>

type WithoutIndex<One> = One extends { readonly index: number } ? Omit<One, 'index'> : never
/** A warning about a text, before it is known which one of several. */
export type TextWarning = WithoutIndex<Warning>

/** The warnings of one text among several. */
export function atIndex(warnings: readonly TextWarning[], index: number): Warning[] {
  return warnings.map((one) => ({ ...one, index }))
}
