/**
 * A gate: conditions on a run's result that decide whether a pipeline may go on. It changes no score, so
 * neither the specification nor the report contains it.
 * @module
 */
import { z } from 'zod'
import { comparisonResult } from './comparison.ts'
import { scorerName } from './scorer-spec.ts'

const bound = z.number().describe('In the unit of the metric.')

const threshold = z
  .strictObject({
    type: z.literal('threshold'),
    criterion: scorerName.describe('Name of the criterion.'),
    metric: z.string().min(1).max(64).optional().describe('The primary metric of the criterion by default.'),
    variant: z.string().min(1).max(128).optional().describe('Where a metric has several, e.g. `vse++/image-to-text`.'),
    of: z
      .enum(['value', 'lower_bound', 'upper_bound'])
      .default('value')
      .describe("The metric's value, or an end of its interval at the run's level."),
    at_least: bound.optional(),
    at_most: bound.optional(),
  })
  .refine(
    ({ at_least: least, at_most: most }) => (least === undefined) !== (most === undefined),
    'needs either at_least or at_most',
  )

const notDegraded = z.strictObject({
  type: z.literal('not_degraded'),
  baseline: z.string().min(1).max(256).describe('Id of the run to compare with.'),
  criteria: z.array(scorerName).min(1).max(16).optional().describe('Criteria to compare; all of the baseline by default.'),
  level: z.number().gt(0.5).lt(1).default(0.95),
  margin: z
    .number()
    .positive()
    .optional()
    .describe('With it, the condition holds only if a loss of this size is excluded. Without it, unless a loss is found.'),
})

const maxErrored = z.strictObject({
  type: z.literal('max_errored'),
  at_most: z.number().min(0).max(1).describe('Largest share of errored items.'),
})

export const gateCondition = z.discriminatedUnion('type', [threshold, notDegraded, maxErrored])

/** Most conditions of one gate. */
const MOST_CONDITIONS = 16

export const gate = z
  .array(gateCondition)
  .min(1)
  .max(MOST_CONDITIONS)
  .describe('Conditions that must all hold. Their verdict is in the run and in its event. Changes no score.')

const decided = z.object({
  type: z.enum(['threshold', 'not_degraded', 'max_errored']),
  condition: z.string().describe('The condition in words.'),
  passed: z.boolean().nullable().describe('Null before the end of the run.'),
  actual: z.number().nullable().describe('The number that was compared; null where there is none.'),
  detail: z.string().nullable().describe('Why it holds or not.'),
  results: z
    .array(comparisonResult)
    .optional()
    .describe('Of `not_degraded`: the comparison with the baseline, one result per criterion.'),
})

export const gateResult = z
  .object({
    verdict: z
      .enum(['pending', 'passed', 'failed'])
      .describe('`failed` also if the run failed or was canceled, or a condition could not be decided.'),
    conditions: z.array(decided).describe('In the order of the request.'),
  })
  .meta({ id: 'GateResult' })

export type GateCondition = z.infer<typeof gateCondition>
export type GateResult = z.infer<typeof gateResult>
export type DecidedCondition = GateResult['conditions'][number]
