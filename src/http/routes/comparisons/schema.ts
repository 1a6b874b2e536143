/**
 * Wire shapes of comparisons.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { displayName } from '../../../contracts/display-name.ts'
import { comparisonBody } from '../../../contracts/comparison.ts'
import { createdAt, deletedOf, id, listOf, metadata, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'

/** Most treatments of one comparison. */
const MOST_TREATMENTS = 8

export const comparisonCreate = z
  .strictObject({
    name: displayName(256).min(1).optional().describe('A name for people.'),
    metadata: metadata.nullish(),
    baseline: id.describe('Id of the run to compare with.'),
    treatments: z
      .array(id)
      .min(1)
      .max(MOST_TREATMENTS)
      .refine((ids) => new Set(ids).size === ids.length, 'must have ids that differ')
      .describe('Ids of the runs to judge.'),
    criteria: z
      .array(z.string().min(1).max(128))
      .min(1)
      .max(16)
      .refine((names) => new Set(names).size === names.length, 'must have names that differ')
      .optional()
      .describe('Names of the criteria to compare; all of the baseline by default.'),
    level: z
      .number()
      .gt(0.5)
      .lt(1)
      .default(0.95)
      .describe('Confidence level; 1 − level is the significance level over all primary metrics together.'),
    margin: z
      .number()
      .positive()
      .optional()
      .describe("Differences smaller than this do not matter, in the metric's unit. Allows the verdict `equivalent`."),
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Of sampled tests and resampled intervals.'),
    listed: z.int().min(0).max(100).default(20).describe('Most changed units listed per metric and direction.'),
  })
  .openapi('ComparisonCreate')

export const comparisonObject = z
  .object({
    object: z.literal('comparison'),
    id: z.string(),
    name: z.string().nullable(),
    created_at: createdAt,
    metadata: metadata.nullable(),
    status: z
      .enum(['in_progress', 'completed', 'failed'])
      .describe('Large comparisons are made by a job: get the comparison again until it is not `in_progress`.'),
    error: z.string().nullable().describe('Why it failed.'),
    ...comparisonBody.shape,
  })
  .openapi('Comparison')

export const comparisonList = listOf(comparisonObject)
export const comparisonQuery = pageQueryOf(sortableId('cmp_'))
export const comparisonDeleted = deletedOf('comparison.deleted').openapi('ComparisonDeleted')

export type ComparisonObject = z.infer<typeof comparisonObject>
