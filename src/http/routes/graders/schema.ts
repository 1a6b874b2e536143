/**
 * Wire shapes of single gradings, as OpenAI's `fine_tuning/alpha/graders` has them.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { checkNewSpec } from '../../../scorers/new-spec.ts'
import { graderSpec } from '../../../scorers/registry.ts'

export const graderRun = z
  .strictObject({
    grader: graderSpec.superRefine(checkNewSpec),
    model_sample: z
      .string()
      .max(256 * 1024)
      .describe('The answer to judge: `{{sample.output_text}}`.'),
    item: z.record(z.string(), z.unknown()).optional().describe('The item: `{{item.…}}`.'),
  })
  .openapi('GraderRun')

export const graderValidate = z.strictObject({ grader: graderSpec.superRefine(checkNewSpec) }).openapi('GraderValidate')

export const graderValidated = z.object({ grader: graderSpec.describe('With every default stated.') }).openapi('GraderValidated')

/** OpenAI's list of what may go wrong with a grader; most of it cannot happen here. */
const errors = z.object({
  formula_parse_error: z.literal(false),
  sample_parse_error: z.literal(false),
  sample_parse_error_details: z.null(),
  truncated_observation_error: z.literal(false),
  unresponsive_reward_error: z.literal(false),
  invalid_variable_error: z.boolean().describe('A placeholder has no value, or a text is too long.'),
  invalid_variable_error_details: z.string().nullable(),
  other_error: z.boolean().describe('The formula of `multi` has no finite value.'),
  python_grader_server_error: z.literal(false),
  python_grader_server_error_type: z.null(),
  python_grader_runtime_error: z.literal(false),
  python_grader_runtime_error_details: z.null(),
  model_grader_server_error: z.boolean().describe('The endpoint of the grading model failed.'),
  model_grader_refusal_error: z.boolean().describe('The grading model gave no answer.'),
  model_grader_parse_error: z.boolean().describe('Its answer is not what was asked for.'),
  model_grader_exceeded_max_tokens: z.literal(false),
  model_grader_server_error_details: z.string().nullable().describe('Of each of these errors.'),
})

export const graderResult = z
  .object({
    reward: z.number().describe('The score; 0 if the item could not be judged, which `errors` says.'),
    sub_rewards: z.record(z.string(), z.unknown()),
    model_grader_token_usage_per_model: z.record(z.string(), z.int()).describe('Tokens of all calls, by model.'),
    metadata: z.object({
      name: z.string(),
      type: z.string(),
      errors,
      execution_time: z
        .number()
        .describe('Seconds. The clock of a Worker stands still while it computes: 0 for a grader that asks no model.'),
      scores: z.record(z.string(), z.unknown()),
      token_usage: z.int().nullable(),
      sampled_model_name: z.string().nullable(),
    }),
  })
  .openapi('GraderResult')

export type GraderResult = z.infer<typeof graderResult>
