/**
 * A chat completion of an edge model: one question, statement or caption.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import type { AnsweringSkill } from '../../../contracts/fusion-manifest.ts'
import { askedWords, onlySkill, picturesOf } from '../../../models/edge/fusion/conversation.ts'
import { type AskedText, askPictures } from '../../../scoring/ask-pictures.ts'
import type { AppContext } from '../../app-context.ts'
import { scopeOf } from '../../authorization.ts'
import { check } from '../../check.ts'
import { pictureSource, usePictures } from '../../stored-pictures.ts'
import { completionOf } from './completion.ts'
import { type ChatCompletion, type ChatCreate, edgeChat, type EdgeChat } from './schema.ts'

/**
 * @param skills - what the model does
 * @throws {Fault} `invalid` for a message or a parameter that such a model cannot follow
 */
export async function askEdgeModel(
  context: AppContext,
  tenant: string,
  request: ChatCreate,
  skills: readonly AnsweringSkill[],
  head: Pick<ChatCompletion, 'id' | 'created'>,
): Promise<ChatCompletion> {
  const chat = check(edgeChat, { ...request, skill: request.skill ?? onlySkill(skills) })
  const pictures = picturesOf(chat)
  const place = (index: number) => pictures[index]!.place
  const sources = pictures.map(({ url }, index) => at(place(index), () => pictureSource(url)))
  // With a key nothing is charged.
  const asker = { tenant, scope: scopeOf(context), spend: async () => {} }
  const places = { model: '/model', picture: place, skill: () => '/skill' }
  const asked = await usePictures(context, sources, place, (files) =>
    askPictures(context.env.services, asker, { model: chat.model, asked: askedOf(chat), places }, files),
  )
  return completionOf(asked, chat, head)
}

/** All candidates are asked for, since `top_logprobs` chooses from them. */
function askedOf(request: EdgeChat): AskedText {
  const { skill, text } = askedWords(request)
  const top = Number.MAX_SAFE_INTEGER
  if (skill === 'statement') return { skill, statement: text }
  return skill === 'question' ? { skill, question: text, top } : { skill, top }
}
