/**
 * The answer to texts: a number each.
 * @module
 */
import { at } from '../../contracts/failure-pointer.ts'
import type { ScoreResponse } from '../../contracts/wire/score.ts'
import { scorePair } from '../../scorers/image-text-similarity/score.ts'
import { type Asked, type TaskOf } from './score-picture.ts'

export async function scoreTexts(asked: Asked, { texts, variant }: TaskOf<'texts'>): Promise<ScoreResponse> {
  const { encoder, vector, image, named, onStage } = asked
  const data: ScoreResponse['data'] = []
  for (const [index, text] of texts.entries()) {
    const embedding = await at(named.text(index), () => encoder.embedText(text, onStage))
    const { cosine, score } = scorePair(vector, embedding, variant)
    const { tokens, truncated, unknownTokens } = embedding
    data.push({ index, text, score, cosine, tokens, truncated, unknown_tokens: unknownTokens })
  }
  const { model_digest, preprocessing_digest, runtime } = await encoder.identity()
  return {
    object: 'score',
    model: asked.model,
    metric: 'clipscore',
    variant,
    image,
    data,
    identity: { model_digest, preprocessing_digest, runtime },
  }
}
