/**
 * One answer judged by one grader, also by one that asks a model.
 * @module
 */
import { unprocessableField } from '../../../contracts/failure.ts'
import { SampleError, type TokenUsage } from '../../../contracts/model.ts'
import type { Principal } from '../../../contracts/records.ts'
import type { ScorerSpec } from '../../../contracts/scorer-spec.ts'
import type { CallEndpoint } from '../../../models/endpoint/call-endpoint.ts'
import { createChatModel } from '../../../models/endpoint/chat/chat-model.ts'
import { createTextEmbedder } from '../../../models/endpoint/embeddings/embed-inputs.ts'
import { SCORERS } from '../../../scorers/registry.ts'
import type { BoundScorer, GraderReference, GradingEmbedder, GradingModel, ItemScore } from '../../../scorers/scorer.ts'
import type { CustomItem } from '../../../tasks/custom/item.ts'
import type { Services } from '../../app-context.ts'
import { withEndpoint } from '../../call-endpoint.ts'
import { type EndpointModel, findEndpoint, modelNamed, noModel } from '../../named-model.ts'

export interface AnswerToJudge {
  readonly text: string
  readonly item: Readonly<Record<string, unknown>>
}

export interface Judge {
  readonly services: Services
  readonly principal: Principal
}

/** A score; or the reason why the model of the grader could not be asked. */
export type Judgement = (ItemScore | { readonly status: 'errored'; readonly reason: string }) & {
  /** The model that was asked; null: none. */
  readonly model: string | null
  readonly usage: TokenUsage | null
}

/**
 * @param place - of the grader in the request
 * @throws {Fault} `unprocessable` for a model that does not exist; as `withEndpoint` where nothing was asked
 */
export async function judgeOne(judge: Judge, grader: ScorerSpec, place: string, answer: AnswerToJudge): Promise<Judgement> {
  const scorer = SCORERS.bind(grader)
  const reference = scorer.grader
  if (reference === null) return { ...(await score(scorer, answer, {})), model: null, usage: null }
  const pointer = `${place}/model`
  const { services, principal } = judge
  const named = await modelNamed(reference.model, {
    endpoint: (name) => findEndpoint(services, principal.tenant, name),
    edge: async (id) =>
      (await services.edgeModels.find(principal.tenant, id)) ?? services.answeringModels.find(principal.tenant, id),
  })
  if (named === null) throw unprocessableField(pointer, noModel(reference.model))
  if (!('endpoint' in named)) {
    const embedTexts = 'embedTexts' in named ? named.embedTexts : undefined
    if (embedTexts === undefined) throw unprocessableField(pointer, `${reference.model} answers about pictures and cannot grade`)
    if (reference.gives !== 'embeddings')
      throw unprocessableField(pointer, `${reference.model} embeds; a grading model answers in words`)
    const judged = await score(scorer, answer, { embed: (texts) => embedTexts({ id: ONE.id }, texts) })
    return { ...judged, model: reference.model, usage: null }
  }
  return withEndpoint(services, principal, named.endpoint, pointer, ({ call }) =>
    judgeByEndpoint(judge, { scorer, reference, named, call }, answer),
  )
}

interface Asked {
  readonly scorer: BoundScorer
  readonly reference: GraderReference
  readonly named: EndpointModel
  readonly call: CallEndpoint
}

async function judgeByEndpoint(
  { services, principal: { tenant } }: Judge,
  { scorer, reference, named: { endpoint, model }, call }: Asked,
  answer: AnswerToJudge,
): Promise<Judgement> {
  let usage: TokenUsage | null = null
  const chat = createChatModel({
    identity: { type: 'endpoint', endpoint: endpoint.name, model, prompt: '', sampling: reference.sampling },
    endpoint,
    call,
    readImage: ({ sha256 }) => services.uploads.readImage(tenant, sha256),
    openPicture: services.openPicture(tenant, endpoint),
  })
  const embedTexts = createTextEmbedder(call, { model, encoding: endpoint.settings.embeddings.encoding })
  const grader: GradingModel = async (messages) => {
    const answered = await chat.run({ item: oneOf(answer), output: 'text', messages })
    usage = answered.usage ?? null
    return answered
  }
  const embed: GradingEmbedder = async (texts) => {
    const embedded = await embedTexts(ONE.id, texts)
    usage = embedded.usage
    return { texts: embedded.vectors.map((vector) => ({ vector, truncated: null, unknownTokens: null })) }
  }
  try {
    const judged = await score(scorer, answer, { grader, embed })
    return { ...judged, model: reference.model, usage }
  } catch (error) {
    if (!(error instanceof SampleError) || OVER_BUDGET.has(error.code)) throw error
    return { status: 'errored', reason: error.message, model: reference.model, usage }
  }
}

/** The judge was not asked. */
const OVER_BUDGET = new Set(['budget_spent', 'request_over_budget'])

const ONE = { task: 'custom', id: 'item', cluster: 'item', image: null } as const

const oneOf = ({ item }: Pick<AnswerToJudge, 'item'>): CustomItem => ({ ...ONE, item: { ...item } })

const score = (
  scorer: BoundScorer,
  { text, item }: AnswerToJudge,
  models: { readonly grader?: GradingModel; readonly embed?: GradingEmbedder },
): Promise<ItemScore> => scorer.score({ item: oneOf({ item }), output: { kind: 'text', text }, ...models })
