/**
 * A fusion model behind the model port. In a run it answers items with texts; in a request it answers one
 * question or judges one statement.
 * @module
 */
import type { AnsweringModel, AnswerCandidate, SeenPicture, TextRead } from '../../../contracts/answering-model.ts'
import { sha256Hex } from '../../../contracts/digest.ts'
import type { AnsweringSkill } from '../../../contracts/fusion-manifest.ts'
import type { TaskId } from '../../../contracts/item.ts'
import { type ModelAnswer, type OutputKind, type ReadImage } from '../../../contracts/model.ts'
import { inTurn, type Turn } from '../../../contracts/turn.ts'
import { atIndex } from '../../../contracts/warning.ts'
import { softmax } from '../../../metrics/softmax.ts'
import type { Detector } from '../../domain/detector.ts'
import { RUNTIME } from '../runtime-identity.ts'
import { asSampleErrors } from '../sample-errors.ts'
import type { Semaphore } from '../semaphore.ts'
import { decodedSides, domainOf } from '../seen-picture.ts'
import type { Turns } from '../turns.ts'
import { pictureWarnings, textWarnings } from '../warnings.ts'
import { askedByItem, askedByMessages, type AskedPicture, SKILL_OF } from './asked-item.ts'
import type { FusionNetwork, Logits } from './fusion-network.ts'
import { sigmoid } from './things.ts'

export interface AnsweringModelParts {
  readonly network: FusionNetwork
  readonly preprocessingDigest: (spec: FusionNetwork['manifest']['image']) => Promise<string>
  readonly readImage: ReadImage
  /** Entered with a picture's encoded size before reading it. */
  readonly admit: Semaphore
  readonly turns: Turns
  readonly detector: Detector
}

/** Pictures whose rows stay with the model: the questions about one picture follow each other. */
const KEPT_PICTURES = 32

/** Candidates in a result's evidence. */
const SHOWN = 5

/** Verdicts of the two-valued tasks, as their scorers read them. */
const VERDICT = { true: 'true', false: 'false' } as const

export async function createAnsweringModel(parts: AnsweringModelParts): Promise<AnsweringModel> {
  const { network, preprocessingDigest, readImage, admit, turns, detector: kinds } = parts
  const { manifest } = network
  const { detector, namer } = manifest
  const readers = manifest.kind === 'fusion' ? [manifest.fusion] : [manifest.encoder, manifest.step]
  const residentBytes = [detector, namer, ...readers].reduce((sum, graph) => sum + graph.resident_bytes, 0)
  const enter = (): Promise<Turn> => turns.enter(manifest.id, residentBytes)
  const identity = {
    type: 'edge_model',
    model: manifest.id,
    version: manifest.version,
    model_digest: await network.modelDigest(),
    preprocessing_digest: await preprocessingDigest(manifest.image),
    runtime: RUNTIME,
  } as const
  const detectorDigest = await kinds.digest()
  const kept = new Map<string, SeenPicture>()

  const look: AnsweringModel['look'] = async (bytes, onStage) => {
    const sha256 = await sha256Hex(bytes)
    const { rows, count, header, scale, sample } = await network.look(bytes, onStage)
    const { orientedWidth: width, orientedHeight: height, frames } = header
    const domain = domainOf({ probabilities: kinds.probabilities(sample) }, detectorDigest)
    const picture = { width, height, decoded: decodedSides(width, height, scale), domain, frames }
    return { rows, count, header, sha256, domain, warnings: pictureWarnings(manifest, picture) }
  }

  /** All pictures of an item are admitted at once: in its turn an item waits for no memory. */
  async function lookAt(images: readonly AskedPicture[], begin: () => Promise<void>): Promise<SeenPicture[]> {
    const unknown = images.filter(({ sha256 }) => !kept.has(sha256))
    const bytes = unknown.reduce((sum, image) => sum + image.bytes, 0)
    const looked = new Map(images.map(({ sha256 }) => [sha256, kept.get(sha256)]))
    if (unknown.length > 0)
      await admit(bytes, async () => {
        for (const image of unknown) {
          const picture = await image.read()
          await begin()
          looked.set(image.sha256, await look(picture))
        }
      })
    for (const [sha256, seen] of looked) kept.set(sha256, seen!)
    for (const oldest of kept.keys()) if (kept.size > KEPT_PICTURES) kept.delete(oldest)
    return images.map(({ sha256 }) => looked.get(sha256)!)
  }

  const readOf = (text: string, { tokens, truncated, unknownTokens }: Omit<Logits, 'answer' | 'truth' | 'match'>): TextRead => ({
    tokens,
    truncated,
    unknownTokens,
    warnings: textWarnings(manifest, text, { truncated, unknownTokens }),
  })

  const answer: AnsweringModel['answer'] = async (picture, question, onStage) => {
    const { answer: logits, ...read } = await network.read([picture], question, onStage)
    const answers = manifest.kind === 'fusion' ? manifest.answers : []
    return { candidates: ranked(answers, softmax(logits)), ...readOf(question, read) }
  }

  const judge: AnsweringModel['judge'] = async (pictures, statement, onStage) => {
    const { truth, match, ...read } = await network.read(pictures, statement, onStage)
    return { probability: sigmoid(truth), match: sigmoid(match), ...readOf(statement, read) }
  }

  const supports = (task: TaskId, output: OutputKind): true | string => answeringSupports(manifest, task, output)

  return {
    identity,
    manifest,
    concurrency: 1,
    supports,
    enter,
    look,
    answer,
    judge,
    attend: network.attend,
    describe: network.describe,
    async run({ item, output, messages, skill }) {
      const supported = supports(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      const asked =
        messages === undefined
          ? askedByItem(item, readImage)
          : await askedByMessages(messages, { skills: manifest.skills, skill }, readImage)
      const work = async (begin: () => Promise<void>): Promise<ModelAnswer> => {
        const pictures = await lookAt(asked.pictures, begin)
        await begin()
        const about = pictures.flatMap((picture) => picture.warnings)
        if (asked.skill === 'caption') {
          const candidates = await network.describe(pictures[0]!)
          const shown = candidates.slice(0, SHOWN).map(({ caption, tokens, logProbability }) => {
            return { caption, tokens, log_probability: logProbability }
          })
          const evidence = { candidates: shown, things: pictures[0]!.count - 1 }
          return { output: { kind: 'text', text: candidates[0]!.caption }, calls: 1, evidence, warnings: about }
        }
        const { text } = asked
        if (asked.skill === 'question') {
          const { candidates, warnings: aboutText, ...read } = await answer(pictures[0]!, text)
          const warnings = [...about, ...atIndex(aboutText, 0)]
          const evidence = { candidates: candidates.slice(0, SHOWN), things: pictures[0]!.count - 1, ...read }
          return { output: { kind: 'text', text: candidates[0]!.answer }, calls: 1, evidence, warnings }
        }
        const { probability, warnings: aboutText, match: _, ...read } = await judge(pictures, text)
        const warnings = [...about, ...atIndex(aboutText, 0)]
        const verdict = probability >= 0.5 ? VERDICT.true : VERDICT.false
        const output = { kind: 'text', text: verdict, yesProbability: probability } as const
        return { output, calls: 1, evidence: { probability, ...read }, warnings }
      }
      return asSampleErrors('not_answered', () => inTurn(enter, work))
    },
  }
}

interface Skilled {
  readonly id: string
  readonly skills: readonly AnsweringSkill[]
}

/** Each skill in a reader's words, with its tasks. */
const DOES: Readonly<Record<AnsweringSkill, string>> = {
  question: 'answers questions (vqa)',
  statement: 'judges statements (nlvr, nlvr2)',
  caption: 'says captions (caption)',
}

/**
 * Whether such a model gives an output for a task: true, or a sentence with the reason why not.
 * @internal
 */
export function answeringSupports({ id, skills }: Skilled, task: TaskId, output: OutputKind): true | string {
  const skill = SKILL_OF[task]
  const does = skills.map((own) => DOES[own]).join(' and ')
  if (task !== 'custom' && (skill === undefined || !skills.includes(skill)))
    return `${id} ${does}, and not what ${task} asks; use another model`
  if (output !== 'text') return `${id} answers in texts and gives no ${output}; use assay-clip, or upload results`
  return true
}

function ranked(answers: readonly string[], probabilities: ArrayLike<number>): AnswerCandidate[] {
  return answers
    .map((answer, index) => ({ answer, probability: probabilities[index]! }))
    .toSorted((one, other) => other.probability - one.probability)
}
