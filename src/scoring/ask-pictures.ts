/**
 * One request with a question about a picture, or a statement about one or two.
 * @module
 */
import type {
  AnsweringModel,
  AnsweringModels,
  QuestionAnswer,
  SeenPicture,
  StatementVerdict,
} from '../contracts/answering-model.ts'
import { at } from '../contracts/failure-pointer.ts'
import { Fault, invalidField } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import { type PictureFacts, recorder } from './embed-picture.ts'
import type { Asker } from './request.ts'

export type AskedText = { readonly question: string; readonly top: number } | { readonly statement: string }

export interface AskRequest {
  /** Id of a model; null: the deployment's first. */
  readonly model: string | null
  readonly asked: AskedText
  /** Names of the request's parts, for failures. */
  readonly places: { readonly model: string; picture(index: number): string; skill(skill: string): string }
}

interface Reading {
  readonly model: AnsweringModel
  readonly pictures: readonly PictureFacts[]
  /** Milliseconds per stage. */
  readonly timings: Map<string, number>
}

export type AskedPictures = Reading &
  (
    | { readonly kind: 'question'; readonly question: string; readonly top: number; readonly said: QuestionAnswer }
    | { readonly kind: 'statement'; readonly statement: string; readonly said: StatementVerdict }
  )

/**
 * Finds the model, charges the sender one prompt, looks at the pictures and answers. The pictures' buffers
 * are released, also after a failure.
 * @throws {Fault} `not_found` for an unknown model; `invalid` for one that does not take such a text;
 *   `rate_limited`; `bad_image`, `unsupported_media` or `too_large` for a picture
 */
export async function askPictures(
  ports: { readonly answeringModels: AnsweringModels },
  asker: Asker,
  request: AskRequest,
  files: readonly Uint8Array[],
): Promise<AskedPictures> {
  const { places, asked } = request
  const timings = new Map<string, number>()
  const mark = recorder(timings)
  const pictures: PictureFacts[] = []
  const seen: SeenPicture[] = []
  let model: AnsweringModel
  try {
    model = await modelOf(ports, asker.tenant, request)
    await asker.spend(1)
    for (const [index, bytes] of files.entries()) {
      const one = await at(places.picture(index), () => model.look(bytes, mark))
      seen.push(one)
      const { media_type: mediaType, orientedWidth: width, orientedHeight: height } = one.header
      pictures.push({ sha256: one.sha256, mediaType, bytes: bytes.byteLength, width, height })
    }
  } finally {
    files.forEach(release)
  }
  if ('question' in asked) {
    const said = await model.answer(seen[0]!, asked.question, mark)
    return { kind: 'question', model, pictures, timings, said, question: asked.question, top: asked.top }
  }
  const said = await model.judge(seen, asked.statement, mark)
  return { kind: 'statement', model, pictures, timings, said, statement: asked.statement }
}

async function modelOf(
  { answeringModels }: { readonly answeringModels: AnsweringModels },
  tenant: string,
  { model: id, places, asked }: AskRequest,
): Promise<AnsweringModel> {
  const model = id === null ? (await answeringModels.list(tenant))[0] : await answeringModels.find(tenant, id)
  const skill = 'question' in asked ? 'question' : 'statement'
  if (model && !model.manifest.skills.includes(skill))
    throw invalidField(
      places.skill(skill),
      `is nothing that ${model.manifest.id} does: it takes a ${model.manifest.skills.join(' or a ')}`,
    )
  if (model) return model
  throw new Fault({ kind: 'not_found', resource: 'model that answers', id: id ?? 'any', pointer: places.model })
}
