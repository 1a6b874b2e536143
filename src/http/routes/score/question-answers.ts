/**
 * Answers, verdicts and captions of `/v1/score` in their wire shapes.
 * @module
 */
import type { Attention } from '../../../contracts/answering-model.ts'
import type { AskedPictures } from '../../../scoring/ask-pictures.ts'
import { identityOf, imageOf } from './answers.ts'
import type { AnswerResponse, CaptionResponse, VerdictResponse } from './question-schema.ts'

export function askedAnswer(asked: AskedPictures): AnswerResponse | VerdictResponse | CaptionResponse {
  if (asked.kind === 'caption') return captionAnswer(asked)
  const { model, pictures, said } = asked
  const read = {
    tokens: said.tokens,
    truncated: said.truncated,
    unknown_tokens: said.unknownTokens,
    warnings: [...asked.warnings],
    identity: askedIdentity(asked),
    ...(asked.attention && { attention: rounded(asked.attention) }),
  }
  const images = pictures.map(imageOf)
  if (asked.kind === 'statement') {
    const { probability, match } = asked.said
    const { statement } = asked
    const judged = { verdict: probability >= 0.5, probability, ...(images.length === 1 && { match }) }
    return { object: 'verdict', model: model.manifest.id, statement, ...judged, images, ...read }
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

/** Four decimals: less than the eighth bit of the weights shows. */
function rounded({ tokens, rows, layers }: Attention): NonNullable<AnswerResponse['attention']> {
  const round = (share: number): number => Math.round(share * 1e4) / 1e4
  return {
    tokens: [...tokens],
    rows: rows.map(({ box, ...row }) => ({ ...row, box: box.map(round) })),
    layers: layers.map((lines) => lines.map((line) => line.map(round))),
  }
}

function captionAnswer(asked: Extract<AskedPictures, { kind: 'caption' }>): CaptionResponse {
  const top = asked.said.slice(0, asked.top).map(({ caption, tokens, logProbability }, index) => {
    return { rank: index + 1, caption, log_probability: logProbability, tokens }
  })
  const { caption, log_probability } = top[0]!
  const about = { warnings: [...asked.warnings], identity: askedIdentity(asked) }
  return {
    object: 'caption',
    model: asked.model.manifest.id,
    caption,
    log_probability,
    top,
    image: imageOf(asked.pictures[0]!),
    ...about,
  }
}

const askedIdentity = ({ model, detector }: AskedPictures) => ({ ...identityOf(model.identity), detector_digest: detector })
