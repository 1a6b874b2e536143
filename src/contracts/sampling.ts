/**
 * Chat completion parameters for requests to an endpoint.
 * @module
 */
import { z } from 'zod'

/** Omitted parameters are not sent: the provider's default applies. */
export const sampling = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  seed: z.int().optional(),
  max_completion_tokens: z.int().positive().max(4096).optional(),
})

export type Sampling = z.infer<typeof sampling>
