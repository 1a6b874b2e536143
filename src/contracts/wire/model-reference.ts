/**
 * The model that a run evaluates, as a request names it. On the wire it is called `subject`.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { sampling } from '../sampling.ts'
import { id } from './common.ts'

export const modelReference = z.discriminatedUnion('type', [
  z
    .strictObject({ type: z.literal('edge_model'), model: id.describe('Id of a model of `/v1/models`.') })
    .describe('A model that runs in the Worker.'),
  z
    .strictObject({
      type: z.literal('results'),
      file_id: id.describe('An uploaded file in the official results format of the dataset.'),
      name: z.string().min(1).max(128).describe('The name of the system that produced the results; the leaderboard shows it.'),
    })
    .describe('Answers that were produced elsewhere.'),
  z
    .strictObject({
      type: z.literal('scores'),
      file_id: id.describe('An uploaded file of `{"id", "score"}` lines.'),
      name: z.string().min(1).max(128).describe('The name of the judge; the leaderboard shows it.'),
    })
    .describe('Scores that were given elsewhere, by people for example.'),
  z
    .strictObject({
      type: z.literal('endpoint'),
      endpoint: id.describe('Name of an endpoint that an administrator configured.'),
      model: z.string().min(1).max(256).describe('The model that the endpoint is asked for.'),
      prompt: z
        .string()
        .max(4096)
        .optional()
        .describe('Template of the question about each picture; `{{item.question}}` is replaced.'),
      sampling_params: sampling.optional(),
    })
    .describe('An external model server.'),
])

export type ModelReference = z.infer<typeof modelReference>
