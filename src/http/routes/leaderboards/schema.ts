/**
 * Wire shapes of the leaderboard.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { MODEL_KINDS, typeOf } from '../../../models/registry.ts'
import { wholeNumberInQuery } from '../../../contracts/wire/common.ts'

const leaderboardRow = z
  .object({
    dataset: z.string().describe('Name of the dataset.'),
    dataset_digest: z.string(),
    model: z
      .string()
      .describe("The model's name. An uploader of results chooses it: only `subject.type` states what was evaluated."),
    subject: z.object({ type: z.enum(MODEL_KINDS.map(typeOf)) }),
    rank: z
      .int()
      .nullable()
      .describe(
        '1 + the number of rows that are significantly better: their 95 % intervals lie wholly above, or a paired test over ' +
          'the items finds that they are better. Rows that cannot be told apart share a rank. Null for rows listed after the ' +
          'ranked ones, see `not_ranked`.',
      ),
    not_ranked: z
      .enum(['no_value', 'prediction_powered', 'limit', 'stopped_early', 'errored', 'unscored'])
      .nullable()
      .describe('Why a row is not ranked.'),
    criterion: z.string(),
    metric: z.string(),
    variant: z.string(),
    direction: z.enum(['higher_is_better', 'lower_is_better']),
    value: z.number().nullable(),
    low: z.number().nullable().describe('Lower end of the interval.'),
    high: z.number().nullable().describe('Upper end of the interval.'),
    level: z.number().nullable().describe('Confidence level of the interval.'),
    method: z.string().nullable().describe('Method of the interval.'),
    n: z.int().describe('Units that the value rests on.'),
    errored: z.int(),
    unscored: z.int(),
    used: z.int().describe("Items that the value rests on, scored or not, out of the dataset's `items`."),
    items: z.int(),
    report_digest: z.string(),
    run_id: z.string(),
  })
  .openapi('LeaderboardRow')

export const leaderboard = z.object({ object: z.literal('list'), data: z.array(leaderboardRow) }).openapi('Leaderboard')

export const leaderboardQuery = z.object({
  dataset: z.string().max(128).optional().describe('Only datasets of this name.'),
  metric: z.string().max(128).optional().describe('Only this metric.'),
  limit: wholeNumberInQuery(1, 500, 100).describe('Rows at most.'),
})

/** @internal */
export type LeaderboardRow = z.infer<typeof leaderboardRow>
