/**
 * `/v1/fine_tuning/alpha/graders`: one answer judged, in OpenAI's shape.
 * @module
 */
import type { ScorerSpec } from '../../../contracts/scorer-spec.ts'
import { readFormula } from '../../../scorers/graders/multi/formula.ts'
import type { MultiSpec } from '../../../scorers/graders/multi/spec.ts'
import { route } from '../../route.ts'
import { type AnswerToJudge, type Judge, type Judgement, judgeOne } from './judge-one.ts'
import { NO_ERRORS, runGrader, validateGrader } from './operations.ts'
import type { GraderResult } from './schema.ts'

/** Milliseconds for which a request under a key counts as in flight: graders ask endpoints in turn. */
const FLIGHT_MS = 12 * 60_000

export const graderRoutes = [
  route(runGrader, async ({ services, principal, readJson, createOnce }) => {
    const request = await readJson()
    const make = async () => {
      const { grader, model_sample: text, item = {} } = request
      const began = services.clock.now()
      const judged = await resultOf({ services, principal }, grader, { text, item })
      const execution_time = (services.clock.now() - began) / 1000
      return { ...judged, metadata: { ...judged.metadata, execution_time } }
    }
    return createOnce({ request, status: 200, flight: FLIGHT_MS, make })
  }),

  route(validateGrader, async ({ readJson, answer }) => answer(200, { grader: (await readJson()).grader })),
]

const isMulti = (grader: ScorerSpec): grader is MultiSpec => grader.type === 'multi'

async function resultOf(judge: Judge, grader: ScorerSpec, answer: AnswerToJudge): Promise<GraderResult> {
  if (isMulti(grader)) return judgeByAll(judge, grader, answer)
  const judgement = await judgeOne(judge, grader, '/grader', answer)
  const reward = rewardOf(judgement)
  return shapeOf(grader, { reward, scores: { [grader.name]: reward }, judgements: [['', judgement]] })
}

/** The formula over the scores of all graders. Without one of them it has no value. */
async function judgeByAll(judge: Judge, grader: MultiSpec, answer: AnswerToJudge): Promise<GraderResult> {
  const judgements: [name: string, judgement: Judgement][] = []
  for (const [name, one] of Object.entries(grader.graders))
    judgements.push([name, await judgeOne(judge, one, `/grader/graders/${name}`, answer)])
  const scores = Object.fromEntries(judgements.map(([name, judgement]) => [name, rewardOf(judgement)]))
  const isWhole = judgements.every(([, { status }]) => status === 'scored')
  const value = isWhole ? readFormula(grader.calculate_output, Object.keys(scores))(scores) : 0
  const shape = shapeOf(grader, { reward: Number.isFinite(value) ? value : 0, scores, judgements })
  const errors = { ...shape.metadata.errors, other_error: !Number.isFinite(value) }
  return { ...shape, sub_rewards: scores, metadata: { ...shape.metadata, errors } }
}

const rewardOf = (judgement: Judgement): number => (judgement.status === 'scored' ? (judgement.score ?? 0) : 0)

interface Judged {
  readonly reward: number
  readonly scores: Readonly<Record<string, number>>
  /** By the grader's name in a formula; the name is empty for the only one. */
  readonly judgements: readonly (readonly [name: string, judgement: Judgement])[]
}

function shapeOf({ name, type }: ScorerSpec, { reward, scores, judgements }: Judged): GraderResult {
  const asked = judgements.flatMap(([, { model, usage }]) => (model === null ? [] : [{ model, usage }]))
  const perModel = new Map<string, number>()
  for (const { model, usage } of asked) perModel.set(model, (perModel.get(model) ?? 0) + (usage?.total_tokens ?? 0))
  return {
    reward,
    sub_rewards: {},
    model_grader_token_usage_per_model: Object.fromEntries(perModel),
    metadata: {
      name,
      type,
      errors: errorsOf(judgements),
      execution_time: 0,
      scores,
      token_usage: asked.length === 0 ? null : [...perModel.values()].reduce((sum, tokens) => sum + tokens, 0),
      sampled_model_name: asked[0]?.model ?? null,
    },
  }
}

/** The first grader without a score says what went wrong. */
function errorsOf(judgements: Judged['judgements']): GraderResult['metadata']['errors'] {
  const found = judgements.find(([, { status }]) => status !== 'scored')
  if (found === undefined || found[1].status === 'scored') return NO_ERRORS
  const [name, judgement] = found
  const details = name === '' ? judgement.reason : `${name}: ${judgement.reason}`
  if (judgement.status === 'errored')
    return { ...NO_ERRORS, model_grader_server_error: true, model_grader_server_error_details: details }
  if (judgement.grader === 'no_answer')
    return { ...NO_ERRORS, model_grader_refusal_error: true, model_grader_server_error_details: details }
  if (judgement.grader === 'unreadable')
    return { ...NO_ERRORS, model_grader_parse_error: true, model_grader_server_error_details: details }
  return { ...NO_ERRORS, invalid_variable_error: true, invalid_variable_error_details: details }
}
