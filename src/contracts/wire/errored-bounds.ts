/**
 * Bounds for the errored items of a metric.
 * @module
 */
import { z } from '@hono/zod-openapi'

export const erroredBounds = z.object({
  criterion: z.string(),
  metric: z.string(),
  variant: z.string(),
  low: z.number().describe('The value if every errored item had the least possible score, mostly 0.'),
  high: z.number().describe('The value if every errored item had the greatest possible score.'),
})
