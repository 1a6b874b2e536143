/**
 * Scores texts against a picture.
 * @module
 */
import { at } from '../contracts/failure-pointer.ts'
import type { ModelIdentityOf } from '../contracts/model.ts'
import { atIndex, type Warning } from '../contracts/warning.ts'
import { clipScoreOf, clipScoreRange } from '../metrics/clipscore.ts'
import { cosine } from '../metrics/vectors.ts'
import { type EmbeddedRequest, recorder } from './embed-picture.ts'
import type { TextsQuestion } from './request.ts'
import { probabilitiesOf, type Scoring, scoringOf } from './zero-shot.ts'

export interface TextScore {
  readonly text: string
  /** In the range of the question's variant. */
  readonly score: number
  /** In [−1, 1]. */
  readonly cosine: number
  /** Among the texts of the request, at the model's temperature; each by itself for a sigmoid. */
  readonly probability: number
  readonly tokens: number
  /** The model read only the beginning of the text. */
  readonly truncated: boolean
  /** Tokens that stand for something outside the model's vocabulary. */
  readonly unknownTokens: number
}

export interface TextScores {
  /** In the order of the texts. */
  readonly scores: readonly TextScore[]
  /** Lowest and highest possible score of the variant. */
  readonly range: readonly [low: number, high: number]
  readonly scoring: Scoring
  /** About the picture, then about the texts in order. */
  readonly warnings: readonly Warning[]
  readonly identity: ModelIdentityOf<'edge_model'>
}

/** @throws {Fault} naming the text that the model cannot embed */
export async function scoreTexts(
  { edgeModel, inDomain, vector, places, timings, warnings: aboutPicture }: EmbeddedRequest,
  { texts, variant }: TextsQuestion,
): Promise<TextScores> {
  const onStage = recorder(timings)
  const scores: Omit<TextScore, 'probability'>[] = []
  const warnings = [...aboutPicture]
  for (const [index, text] of texts.entries()) {
    const embedding = await at(places.text(index), () => edgeModel.embedText(text, onStage))
    const { tokens, truncated, unknownTokens } = embedding
    const similarity = cosine(vector, embedding.vector)
    scores.push({ text, score: clipScoreOf(similarity, variant), cosine: similarity, tokens, truncated, unknownTokens })
    warnings.push(...atIndex(embedding.warnings, index))
  }
  const scoring = scoringOf(edgeModel.manifest, inDomain)
  const probabilities = probabilitiesOf(
    scores.map(({ cosine: similarity }) => similarity),
    scoring,
  )
  return {
    scores: scores.map((score, index) => ({ ...score, probability: probabilities[index]! })),
    range: clipScoreRange[variant],
    scoring,
    warnings,
    identity: edgeModel.identity,
  }
}
