/**
 * Wire shapes of a run's samples, which OpenAI calls output items.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { warning } from '../../../contracts/warning.ts'
import { createdAt, listOf, pageQueryOf } from '../../../contracts/wire/common.ts'

const message = z.object({ role: z.string(), content: z.string() })

export const pictureSent = z.object({
  as: z.enum(['data_uri', 'signed_url']),
  media_type: z.string(),
  bytes: z.int().optional(),
  sha256: z.string().optional().describe('Of the stored picture.'),
  scaled_to: z.int().optional().describe('Most pixels of the copy that was sent. Absent: the picture was sent as it is stored.'),
  width: z.int().optional().describe('Of a copy that was sent in the request.'),
  height: z.int().optional(),
})

export const outputItem = z
  .object({
    object: z.literal('eval.run.output_item'),
    id: z.string(),
    run_id: z.string(),
    eval_id: z.string(),
    created_at: createdAt,
    status: z.enum(['pass', 'fail', 'error']).describe('A sample that could not be scored is an error, never a failure.'),
    datasource_item_id: z
      .int()
      .describe("Place of the item in the source of the run; of a dataset's item, in its hash order. From 0."),
    datasource_item: z.record(z.string(), z.unknown()).describe('The item; only its `id` once the dataset is deleted.'),
    results: z
      .array(
        z.object({
          name: z.string(),
          type: z.string(),
          score: z.number().nullable(),
          passed: z.boolean(),
          status: z.enum(['scored', 'errored', 'unscored']),
          reason: z.string().optional().describe('Why there is no score, or no score yet.'),
          details: z.record(z.string(), z.unknown()).optional().describe('Depends on the type.'),
        }),
      )
      .describe('One per scorer.'),
    warnings: z.array(warning).describe('Reasons to trust the score less; empty without any.'),
    sample: z
      .object({
        input: z.array(message).describe('The question in words, for tasks that have one.'),
        output: z.array(message).describe('The answer in words, of models that give one.'),
        output_tools: z.array(z.unknown()).optional().describe('Calls of functions that the model asked for.'),
        finish_reason: z.string().nullable(),
        pictures_sent: z
          .array(pictureSent)
          .optional()
          .describe('How the pictures of the item reached its endpoint. Absent for models that are sent none.'),
        model: z.string(),
        usage: z.object({
          prompt_tokens: z.int(),
          completion_tokens: z.int(),
          total_tokens: z.int(),
          cached_tokens: z.int(),
        }),
        error: z.object({ code: z.string(), message: z.string() }).nullable(),
        temperature: z.number().nullable(),
        top_p: z.number().nullable(),
        seed: z.int().nullable(),
        max_completion_tokens: z
          .int()
          .nullable()
          .describe('This and the three before it: the sampling parameters of the run; null for the default of the model.'),
      })
      .openapi('Sample'),
  })
  .openapi('OutputItem')

export const outputItemList = listOf(outputItem)
export const outputItemQuery = pageQueryOf(/^outputitem_[0-9a-f]{32}_\d{1,9}$/).extend({
  order: z.enum(['asc', 'desc']).default('asc').describe("The dataset's hash order, or its reverse."),
  status: z.enum(['pass', 'fail', 'error']).optional().describe('Only samples of this status.'),
})

export type OutputItem = z.infer<typeof outputItem>
