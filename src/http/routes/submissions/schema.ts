/**
 * Wire shapes of submissions.
 * @module
 */
import { z } from '@hono/zod-openapi'

export const submissionResults = z
  .object({
    object: z.literal('submission.results'),
    id: z.string().describe('The id in the manifest of the job.'),
    status: z.enum(['in_progress', 'complete']).describe('`complete`: every request has a result.'),
    missing: z.array(z.string()).describe('The `custom_id`s of requests without a result, in order.'),
  })
  .openapi('SubmissionResults')
