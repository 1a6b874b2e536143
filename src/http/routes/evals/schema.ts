/**
 * Wire shapes of evals, as OpenAI's Evals API has them (openai-openapi 2.3.0), with Assay's data source and
 * testing criteria.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { createdAt, listOf, metadata, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'
import { displayName } from '../../../contracts/display-name.ts'
import { checkNewSpec } from '../../../scorers/new-spec.ts'
import { SCORERS } from '../../../scorers/registry.ts'
import { dataSourceConfig, dataSourceConfigCreate } from './data-source-config.ts'

export const evalCreate = z
  .strictObject({
    name: displayName(256).optional(),
    metadata: metadata.nullish(),
    data_source_config: dataSourceConfigCreate,
    testing_criteria: z
      .array(SCORERS.spec.superRefine(checkNewSpec))
      .min(1)
      .max(16)
      .refine((specs) => new Set(specs.map(({ name }) => name)).size === specs.length, 'must have names that differ')
      .describe('The scorers of its runs. Names differ.'),
  })
  .openapi('EvalCreate')

export const evalObject = z
  .object({
    object: z.literal('eval'),
    id: z.string(),
    name: z.string().nullable(),
    created_at: createdAt,
    data_source_config: dataSourceConfig,
    testing_criteria: z.array(SCORERS.spec).describe('The scorers, with every parameter stated.'),
    metadata: metadata.nullable(),
  })
  .openapi('Eval')

export const evalUpdate = z.strictObject({ name: displayName(256).nullish(), metadata: metadata.nullish() }).openapi('EvalUpdate')

/** OpenAI's shape, which names the id `eval_id`. */
export const evalDeleted = z
  .object({ object: z.literal('eval.deleted'), deleted: z.literal(true), eval_id: z.string() })
  .openapi('EvalDeleted')

export const evalList = listOf(evalObject)
export const evalQuery = pageQueryOf(sortableId('eval_')).extend({
  order_by: z
    .enum(['created_at', 'updated_at'])
    .default('created_at')
    .describe('With `updated_at`, `after` must name an eval that still exists.'),
})

export type EvalObject = z.infer<typeof evalObject>
