/**
 * Scores texts against a picture.
 * @module
 */
import { at } from '../contracts/failure-pointer.ts'
import type { ModelIdentityOf } from '../contracts/model.ts'
import { clipScoreOf } from '../metrics/clipscore.ts'
import { cosine } from '../metrics/vectors.ts'
import { type EmbeddedRequest, recorder } from './embed-picture.ts'
import type { TextsQuestion } from './request.ts'

export interface TextScore {
  readonly text: string
  /** In the range of the question's variant. */
  readonly score: number
  /** In [−1, 1]. */
  readonly cosine: number
  readonly tokens: number
  /** The model read only the beginning of the text. */
  readonly truncated: boolean
  /** Tokens that stand for something outside the model's vocabulary. */
  readonly unknownTokens: number
}

export interface TextScores {
  /** In the order of the texts. */
  readonly scores: readonly TextScore[]
  readonly identity: ModelIdentityOf<'edge_model'>
}

/** @throws {Fault} naming the text that the model cannot embed */
export async function scoreTexts(
  { edgeModel, vector, places, timings }: EmbeddedRequest,
  { texts, variant }: TextsQuestion,
): Promise<TextScores> {
  const onStage = recorder(timings)
  const scores: TextScore[] = []
  for (const [index, text] of texts.entries()) {
    const embedding = await at(places.text(index), () => edgeModel.embedText(text, onStage))
    const { tokens, truncated, unknownTokens } = embedding
    const similarity = cosine(vector, embedding.vector)
    scores.push({ text, score: clipScoreOf(similarity, variant), cosine: similarity, tokens, truncated, unknownTokens })
  }
  return { scores, identity: edgeModel.identity }
}
