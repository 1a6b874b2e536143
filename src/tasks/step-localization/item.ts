/**
 * A video with its annotated steps.
 * @module
 */
import { z } from 'zod'

export const stepItem = z.object({
  task: z.literal('step_localization'),
  id: z.string(),
  cluster: z.string(),
  /** Index of the video in its file, from 0. */
  position: z.int().nonnegative(),
  /** Seconds. */
  segments: z.array(z.object({ step: z.int(), start: z.number(), end: z.number() })),
})

export type StepItem = z.infer<typeof stepItem>
