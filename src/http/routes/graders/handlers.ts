/**
 * `/v1/fine_tuning/alpha/graders`: one answer judged, in OpenAI's shape.
 * @module
 */
import { unprocessableField } from '../../../contracts/failure.ts'
import { SCORERS } from '../../../scorers/registry.ts'
import type { ItemScore } from '../../../scorers/scorer.ts'
import type { CustomItem } from '../../../tasks/custom/item.ts'
import { route } from '../../route.ts'
import { NO_ERRORS, runGrader, validateGrader } from './operations.ts'
import type { GraderResult } from './schema.ts'

export const graderRoutes = [
  route(runGrader, async ({ readJson, answer }) => {
    const { grader, model_sample: text, item = {} } = await readJson()
    const scorer = SCORERS.bind(grader)
    if (scorer.grader !== null)
      throw unprocessableField(
        '/grader/type',
        `${grader.type} asks a model, and calls are counted and paid per run: give it to an eval, and judge this item by a run of one`,
      )
    const one: CustomItem = { task: 'custom', id: 'item', cluster: 'item', image: null, item }
    const score = await scorer.score({ item: one, output: { kind: 'text', text } })
    return answer(200, resultOf(grader, score))
  }),

  route(validateGrader, async ({ readJson, answer }) => answer(200, { grader: (await readJson()).grader })),
]

function resultOf({ name, type }: { readonly name: string; readonly type: string }, score: ItemScore): GraderResult {
  const reward = score.status === 'scored' ? (score.score ?? 0) : 0
  const errors =
    score.status === 'scored'
      ? NO_ERRORS
      : { ...NO_ERRORS, invalid_variable_error: true, invalid_variable_error_details: score.reason }
  return {
    reward,
    sub_rewards: {},
    model_grader_token_usage_per_model: {},
    metadata: { name, type, errors, execution_time: 0, scores: { [name]: reward }, token_usage: null, sampled_model_name: null },
  }
}
