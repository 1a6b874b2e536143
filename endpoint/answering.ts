/**
 * Shipped models that answer, by chat completions: questions about a picture, statements about one or two,
 * and captions. They are asked through the edge's code and runtime.
 *
 * These models read a question or a statement alone. So a text in the default prompt of a task is read as
 * what that task asks; another text asks of one picture, and states of two.
 * @module
 */
import { join } from 'node:path'
import type { AnsweringModel } from '../src/contracts/answering-model.ts'
import type { AnsweringSkill } from '../src/contracts/fusion-manifest.ts'
import { preprocessingDigest } from '../src/media/preprocess.ts'
import { shippedDetector } from '../src/models/domain/shipped-detector.ts'
import { createAnsweringModel } from '../src/models/edge/fusion/answering-model.ts'
import { SKILL_OF } from '../src/models/edge/fusion/asked-item.ts'
import { type AskedWords, onlySkill } from '../src/models/edge/fusion/conversation.ts'
import { placeholdersIn } from '../src/tasks/placeholder.ts'
import { TASKS } from '../src/tasks/registry.ts'
import { MODELS } from '../test/support/node-dual-encoder.ts'
import { nodeFusion } from '../test/support/node-fusion.ts'
import { BadPicture } from './pictures.ts'
import type { Rank } from './rank.ts'

/** Default prompts of tasks, as the texts around the item's own. */
const PROMPTS = TASKS.flatMap(({ id, prompt }) => {
  const skill = SKILL_OF[id]
  if (skill === undefined || prompt === null) return []
  const [own] = placeholdersIn(prompt.template)
  const [before, after] = own === undefined ? [prompt.template, null] : prompt.template.split(own.text)
  return [{ skill, before: before!, after: after ?? null }]
})

/** What a prompt asks of a model. @internal */
export function readPrompt(prompt: string, pictures: number, skills: readonly AnsweringSkill[]): AskedWords {
  const only = onlySkill(skills)
  const known = PROMPTS.find(({ before, after }) =>
    after === null ? prompt === before : after !== '' && prompt.startsWith(before) && prompt.endsWith(after),
  )
  const text = known === undefined ? prompt : prompt.slice(known.before.length, prompt.length - (known.after ?? '').length)
  return { skill: only ?? known?.skill ?? (pictures === 1 ? 'question' : 'statement'), text }
}

/** @throws {BadPicture} for a number of pictures that the model cannot be asked about */
export async function createAnswerer(name: string): Promise<Rank> {
  const model = await createAnsweringModel({
    network: await nodeFusion(join(MODELS, name)),
    preprocessingDigest,
    readImage: () => Promise.reject(new Error('pictures come with the request')),
    admit: (_bytes, work) => work(),
    turns: { enter: async () => ({ leave: () => undefined }), inside: () => [] },
    detector: shippedDetector,
  })
  return async (prompt, pictures) => {
    const skills: readonly AnsweringSkill[] = model.manifest.skills
    const { skill, text } = readPrompt(prompt, pictures.length, skills)
    const most = skill === 'statement' ? 2 : 1
    if (!skills.includes(skill)) throw new BadPicture(`${name} does not do what the prompt asks: ${skill}`)
    if (pictures.length < 1 || pictures.length > most)
      throw new BadPicture(`a ${skill} is about ${most === 1 ? 'one picture' : 'one or two pictures'}, not ${pictures.length}`)
    return answersOf(model, skill, text, pictures)
  }
}

async function answersOf(model: AnsweringModel, skill: AnsweringSkill, text: string, pictures: readonly Uint8Array[]) {
  const seen = []
  for (const picture of pictures) seen.push(await model.look(picture))
  switch (skill) {
    case 'question':
      return (await model.answer(seen[0]!, text)).candidates
    case 'statement': {
      const { probability } = await model.judge(seen, text)
      const verdicts = [
        { answer: 'true', probability },
        { answer: 'false', probability: 1 - probability },
      ]
      return probability >= 0.5 ? verdicts : verdicts.toReversed()
    }
    case 'caption':
      return (await model.describe(seen[0]!)).map(({ caption, logProbability }) => ({
        answer: caption,
        probability: Math.exp(logProbability),
      }))
  }
}
