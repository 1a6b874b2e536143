/**
 * One request with a question about a picture, a statement about one or two, or the wish for a caption.
 * @module
 */
import type {
  AnsweringModel,
  AnsweringModels,
  Attention,
  CaptionCandidate,
  QuestionAnswer,
  SeenPicture,
  StatementVerdict,
  TextRead,
} from '../contracts/answering-model.ts'
import { at } from '../contracts/failure-pointer.ts'
import { Fault, invalidField } from '../contracts/failure.ts'
import type { AnsweringSkill } from '../contracts/fusion-manifest.ts'
import { release } from '../contracts/release.ts'
import type { Turn } from '../contracts/turn.ts'
import { atIndex, type Warning } from '../contracts/warning.ts'
import { type PictureFacts, recorder } from './embed-picture.ts'
import type { Asker } from './request.ts'

export type AskedText =
  | { readonly skill: 'question'; readonly question: string; readonly top: number }
  | { readonly skill: 'statement'; readonly statement: string }
  | { readonly skill: 'caption'; readonly top: number }

export interface AskRequest {
  /** Id of a model; null: the deployment's first with the skill. */
  readonly model: string | null
  readonly asked: AskedText
  /** Whether the model's attention is wanted. */
  readonly attention?: boolean
  /** Names of the request's parts, for failures. */
  readonly places: {
    readonly model: string
    readonly include?: string
    picture(index: number): string
    skill(skill: string): string
  }
}

interface Reading {
  readonly model: AnsweringModel
  readonly pictures: readonly PictureFacts[]
  /** Digest of the detector of picture kinds. */
  readonly detector: string
  /** About the pictures in order, then about the text. */
  readonly warnings: readonly Warning[]
  /** Milliseconds per stage. */
  readonly timings: Map<string, number>
  /** Where it was asked for. */
  readonly attention: Attention | undefined
}

export type AskedPictures = Reading &
  (
    | { readonly kind: 'question'; readonly question: string; readonly top: number; readonly said: QuestionAnswer }
    | { readonly kind: 'statement'; readonly statement: string; readonly said: StatementVerdict }
    | { readonly kind: 'caption'; readonly top: number; readonly said: readonly CaptionCandidate[] }
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
  let turn: Turn | undefined
  try {
    model = await modelOf(ports, asker.tenant, request)
    if (request.attention === true && !attends(model))
      throw invalidField(places.include ?? '', `${model.manifest.id} has no attention in its files: leave include out`)
    await asker.spend(1)
    turn = await model.enter()
    for (const [index, bytes] of files.entries()) {
      const one = await at(places.picture(index), () => model.look(bytes, mark))
      seen.push(one)
      const { media_type: mediaType, orientedWidth: width, orientedHeight: height } = one.header
      pictures.push({ sha256: one.sha256, mediaType, bytes: bytes.byteLength, width, height })
    }
    files.forEach(release)
    const attention = request.attention === true ? await model.attend(seen, textOf(asked)) : undefined
    const reading = { model, pictures, detector: seen[0]!.domain.detector, timings, attention }
    return await said(reading, seen, asked, mark)
  } finally {
    turn?.leave()
    files.forEach(release)
  }
}

async function said(
  reading: Omit<Reading, 'warnings'>,
  seen: readonly SeenPicture[],
  asked: AskedText,
  mark: (stage: string, milliseconds: number) => void,
): Promise<AskedPictures> {
  const { model } = reading
  const about = seen.flatMap((picture) => picture.warnings)
  const aboutBoth = (read: TextRead): Warning[] => [...about, ...atIndex(read.warnings, 0)]
  switch (asked.skill) {
    case 'question': {
      const { question, top } = asked
      const answer = await model.answer(seen[0]!, question, mark)
      return { kind: 'question', ...reading, question, top, said: answer, warnings: aboutBoth(answer) }
    }
    case 'statement': {
      const { statement } = asked
      const verdict = await model.judge(seen, statement, mark)
      return { kind: 'statement', ...reading, statement, said: verdict, warnings: aboutBoth(verdict) }
    }
    case 'caption':
      return { kind: 'caption', ...reading, top: asked.top, said: await model.describe(seen[0]!, mark), warnings: about }
  }
}

const attends = ({ manifest }: AnsweringModel): boolean => manifest.kind === 'fusion' && manifest.fusion.attention === true

function textOf(asked: AskedText): string {
  if (asked.skill === 'caption') throw new Error('a caption is asked for without a text')
  return asked.skill === 'question' ? asked.question : asked.statement
}

/** The fields of a request by skill. */
const TAKES: Readonly<Record<AnsweringSkill, string>> = { question: 'a question', statement: 'a statement', caption: 'caption' }

async function modelOf(
  { answeringModels }: { readonly answeringModels: AnsweringModels },
  tenant: string,
  { model: id, places, asked: { skill } }: AskRequest,
): Promise<AnsweringModel> {
  const does = ({ manifest }: AnsweringModel): boolean => (manifest.skills as readonly AnsweringSkill[]).includes(skill)
  const all = await answeringModels.list(tenant)
  const model = id === null ? (all.find(does) ?? all[0]) : await answeringModels.find(tenant, id)
  if (model && !does(model)) {
    const others = all.filter(does).map(({ manifest }) => manifest.id)
    const remedy = others.length > 0 ? `: use ${others.join(' or ')}` : ''
    const { skills } = model.manifest
    throw invalidField(
      places.skill(skill),
      `is nothing that ${model.manifest.id} does, which takes ${skills.map((own) => TAKES[own]).join(' or ')}${remedy}`,
    )
  }
  if (model) return model
  throw new Fault({ kind: 'not_found', resource: 'model that answers', id: id ?? 'any', pointer: places.model })
}
