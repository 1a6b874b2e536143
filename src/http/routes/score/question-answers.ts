/**
 * Answers and verdicts of `/v1/score` in their wire shapes.
 * @module
 */
import type { AskedPictures } from '../../../scoring/ask-pictures.ts'
import { identityOf, imageOf } from './answers.ts'
import type { AnswerResponse, VerdictResponse } from './question-schema.ts'

export function askedAnswer(asked: AskedPictures): AnswerResponse | VerdictResponse {
  const { model, pictures, said } = asked
  const read = {
    tokens: said.tokens,
    truncated: said.truncated,
    unknown_tokens: said.unknownTokens,
    identity: identityOf(model.identity),
  }
  const images = pictures.map(imageOf)
  if (asked.kind === 'statement') {
    const { probability } = asked.said
    const { statement } = asked
    return { object: 'verdict', model: model.manifest.id, statement, verdict: probability >= 0.5, probability, images, ...read }
  }
  const { candidates } = asked.said
  const top = candidates.slice(0, asked.top).map((candidate, index) => ({ rank: index + 1, ...candidate }))
  const { answer, probability } = candidates[0]!
  const { question } = asked
  return {
    object: 'answer',
    model: model.manifest.id,
    question,
    answer,
    probability,
    top,
    answers: candidates.length,
    image: images[0]!,
    ...read,
  }
}
