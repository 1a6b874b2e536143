/**
 * A fusion model behind the model port. In a run it answers items with texts; in a request it answers one
 * question or judges one statement.
 * @module
 */
import type { AnsweringModel, AnswerCandidate, SeenPicture } from '../../../contracts/answering-model.ts'
import { sha256Hex } from '../../../contracts/digest.ts'
import type { ImageReference, Item, TaskId } from '../../../contracts/item.ts'
import { type OutputKind, type ReadImage, SampleError } from '../../../contracts/model.ts'
import { taskOf } from '../../../tasks/registry.ts'
import { RUNTIME } from '../runtime-identity.ts'
import { asSampleErrors, throwIfDamaged } from '../sample-errors.ts'
import type { Semaphore } from '../semaphore.ts'
import type { FusionNetwork } from './fusion-network.ts'
import { sigmoid, softmax } from './things.ts'

export interface AnsweringModelParts {
  readonly network: FusionNetwork
  readonly preprocessingDigest: (spec: FusionNetwork['manifest']['image']) => Promise<string>
  readonly readImage: ReadImage
  /** Entered with a picture's encoded size before reading it. */
  readonly admit: Semaphore
}

/** Pictures whose rows stay with the model: the questions about one picture follow each other. */
const KEPT_PICTURES = 32

/** Candidates in a result's evidence. */
const SHOWN = 5

/** Verdicts of the two-valued tasks, as their scorers read them. */
const VERDICT = { true: 'true', false: 'false' } as const

/** Tasks by what they ask. A task with one picture and a statement is judged like one with two. */
const ASKS: Readonly<Record<TaskId, 'question' | 'statement'>> = { vqa: 'question', nlvr2: 'statement', nlvr: 'statement' }

export async function createAnsweringModel(parts: AnsweringModelParts): Promise<AnsweringModel> {
  const { network, preprocessingDigest, readImage, admit } = parts
  const { manifest } = network
  const identity = {
    type: 'edge_model',
    model: manifest.id,
    version: manifest.version,
    model_digest: await network.modelDigest(),
    preprocessing_digest: await preprocessingDigest(manifest.image),
    runtime: RUNTIME,
  } as const
  const kept = new Map<string, SeenPicture>()

  const look: AnsweringModel['look'] = async (bytes, onStage) => {
    const sha256 = await sha256Hex(bytes)
    return { ...(await network.look(bytes, onStage)), sha256 }
  }

  async function lookAtStored(image: ImageReference): Promise<SeenPicture> {
    const known = kept.get(image.sha256)
    if (known !== undefined) return known
    const seen = await admit(image.bytes, async () => look(await readImage(image).catch(throwIfDamaged)))
    kept.set(image.sha256, seen)
    for (const oldest of kept.keys()) if (kept.size > KEPT_PICTURES) kept.delete(oldest)
    return seen
  }

  const answer: AnsweringModel['answer'] = async (picture, question, onStage) => {
    const { answer: logits, tokens, truncated, unknownTokens } = await network.read([picture], question, onStage)
    return { candidates: ranked(manifest.answers, softmax(logits)), tokens, truncated, unknownTokens }
  }

  const judge: AnsweringModel['judge'] = async (pictures, statement, onStage) => {
    const { truth, tokens, truncated, unknownTokens } = await network.read(pictures, statement, onStage)
    return { probability: sigmoid(truth), tokens, truncated, unknownTokens }
  }

  const supports = (task: TaskId, output: OutputKind): true | string => answeringSupports(manifest, task, output)

  return {
    identity,
    manifest,
    concurrency: 1,
    supports,
    look,
    answer,
    judge,
    async run({ item, output }) {
      const supported = supports(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      return asSampleErrors('not_answered', async () => {
        const pictures: SeenPicture[] = []
        for (const image of picturesOf(item)) pictures.push(await lookAtStored(image))
        const text = textOf(item)
        if (ASKS[item.task] === 'question') {
          const { candidates, ...read } = await answer(pictures[0]!, text)
          const evidence = { candidates: candidates.slice(0, SHOWN), things: pictures[0]!.count - 1, ...read }
          return { output: { kind: 'text', text: candidates[0]!.answer }, calls: 1, evidence }
        }
        const { probability, ...read } = await judge(pictures, text)
        const verdict = probability >= 0.5 ? VERDICT.true : VERDICT.false
        return { output: { kind: 'text', text: verdict }, calls: 1, evidence: { probability, ...read } }
      })
    },
  }
}

type Skilled = Pick<FusionNetwork['manifest'], 'id' | 'skills'>

/**
 * Whether such a model gives an output for a task: true, or a sentence with the reason why not.
 * @internal
 */
export function answeringSupports({ id, skills }: Skilled, task: TaskId, output: OutputKind): true | string {
  const skill = ASKS[task]
  if (skill === undefined)
    return `${id} answers questions (vqa) and judges statements (nlvr, nlvr2), and ${task} asks neither; use another model`
  if (!skills.includes(skill))
    return `${id} was not trained well enough to take a ${skill}, which ${task} asks; use another model`
  if (output !== 'text') return `${id} answers in texts and gives no ${output}; use assay-clip, or upload results`
  return true
}

/** @throws {SampleError} `no_image` where pictures were not imported */
function picturesOf(item: Item): readonly ImageReference[] {
  const pictures = item.images ?? (item.image ? [item.image] : [])
  if (pictures.length === 0) throw new SampleError('no_image', 'the item has no picture')
  return pictures
}

function textOf(item: Item): string {
  if ('question' in item && typeof item.question === 'string') return item.question
  return taskOf(item.task).texts(item)[0] ?? ''
}

function ranked(answers: readonly string[], probabilities: readonly number[]): AnswerCandidate[] {
  return answers
    .map((answer, index) => ({ answer, probability: probabilities[index]! }))
    .toSorted((one, other) => other.probability - one.probability)
}
