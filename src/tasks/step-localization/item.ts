/**
 * A video with its annotated steps.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

/** Most frames of a video that a model is shown. */
export const MOST_FRAMES = 64

export const stepItem = z.object({
  task: z.literal('step_localization'),
  id: z.string(),
  cluster: z.string(),
  /** Index of the video in its file, from 0. */
  position: z.int().nonnegative(),
  /** Seconds. */
  segments: z.array(z.object({ step: z.int(), start: z.number(), end: z.number() })),
  /** Times of frames in seconds, in order. Absent: the file names no frames. */
  frame_times: z.array(z.number()).max(MOST_FRAMES).optional(),
  /** The frames; absent where they were not imported. */
  images: z.array(imageReference).readonly().nullable().optional(),
  /** The steps of the dataset: their ids, described by their names. Added as items are read. */
  candidates: z
    .array(z.object({ label: z.string(), prompts: z.array(z.string()).readonly().optional() }))
    .readonly()
    .optional(),
})

export type StepItem = z.infer<typeof stepItem>
