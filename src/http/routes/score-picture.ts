/**
 * The first half of a score: whom to ask, and the picture as a vector. Everything that holds the picture's bytes ends here.
 * @module
 */
import type { Encoder, OnStage } from '../../contracts/encoder.ts'
import { Fault } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { release } from '../../contracts/release.ts'
import type { LabelPrompts } from '../../contracts/wire/classify.ts'
import type { ScoreResponse } from '../../contracts/wire/score.ts'
import type { AppContext } from '../app-context.ts'
import { scopeOf, spendAnonymously, tenantOf } from '../authorization.ts'

export type Task =
  | { readonly type: 'texts'; readonly texts: readonly string[]; readonly variant: ScoreResponse['variant'] }
  | { readonly type: 'labels'; readonly labels: readonly LabelPrompts[] }

export type TaskOf<Type extends Task['type']> = Extract<Task, { type: Type }>

/** What the request calls its parts, for errors. */
export interface Names {
  readonly image: string
  readonly model: string
  readonly classify: string
  text(index: number): string
  label(index: number): string
}

export interface Question {
  readonly model: string
  readonly task: Task
  readonly named: Names
}

/** A question that may be answered, and its picture, embedded. */
export interface Asked extends Question {
  readonly encoder: Encoder
  /** Who may learn that something was asked before. */
  readonly scope: string
  readonly vector: Float32Array
  readonly image: ScoreResponse['image']
  /** Milliseconds by stage. */
  readonly timings: ReadonlyMap<string, number>
  readonly onStage: OnStage
}

const CACHE_STATUS = { hit: 'hit', miss: 'fwd=miss; stored', bypass: 'fwd=bypass' } as const

/**
 * Enter with the picture admitted. Its buffer is released.
 * @throws {Fault} for an unknown model, a visitors' day that is spent, or a picture that cannot be used
 */
export async function askAbout(context: AppContext, question: Question, bytes: Uint8Array): Promise<Asked> {
  try {
    return await embedPicture(context, question, bytes)
  } finally {
    // Also where the picture is refused: four refused ones would lie in memory until V8 looks.
    release(bytes)
  }
}

async function embedPicture(context: AppContext, question: Question, bytes: Uint8Array): Promise<Asked> {
  const { services } = context.env
  const { model, named } = question
  const encoder = await services.encoders.find(tenantOf(context), model)
  if (encoder === null) throw new Fault({ kind: 'not_found', resource: 'model', id: model, pointer: named.model })
  if (context.get('principal') === null) await spendFor(context, question)

  const timings = new Map<string, number>()
  const onStage = (stage: string, milliseconds: number) => timings.set(stage, (timings.get(stage) ?? 0) + milliseconds)
  const scope = scopeOf(context)
  const embed = () => services.embedPicture(encoder, scope, bytes, onStage)
  const { vector, header, sha256, cache } = await at(named.image, embed)
  // RFC 9211. The body says nothing of it: it is the same either way.
  context.header('cache-status', `assay-embedding; ${CACHE_STATUS[cache]}`)
  const image = {
    sha256,
    media_type: header.media_type,
    bytes: bytes.byteLength,
    width: header.orientedWidth,
    height: header.orientedHeight,
  }
  return { ...question, encoder, scope, vector, image, timings, onStage }
}

/** Prompts that a visitor without a key may have scored a request: half of a network's day. */
const VISITOR_PROMPTS = 250

/** Charges a visitor what the request costs. @throws {Fault} `too_large` or `rate_limited` */
async function spendFor(context: AppContext, { task, named }: Question): Promise<void> {
  const amount = textsOf(task)
  if (amount > VISITOR_PROMPTS)
    throw new Fault({
      kind: 'too_large',
      what: 'a classification without a key',
      limit: VISITOR_PROMPTS,
      actual: amount,
      unit: 'prompts',
      pointer: named.classify,
      remedy: 'send fewer labels or templates, or use a key',
    })
  await spendAnonymously(context, context.env.services, amount)
}

/** Runs of the text tower that a task takes. */
function textsOf(task: Task): number {
  return task.type === 'texts' ? task.texts.length : task.labels.reduce((sum, { prompts }) => sum + prompts.length, 0)
}
