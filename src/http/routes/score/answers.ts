/**
 * Answers of `/v1/score` in their wire shapes.
 * @module
 */
import type { Classification } from '../../../scoring/classify.ts'
import type { EmbeddedRequest, PictureFacts } from '../../../scoring/embed-picture.ts'
import type { TextScores } from '../../../scoring/score-texts.ts'
import type { ModelIdentityOf } from '../../../contracts/model.ts'
import type { ClassifyResponse } from './classify-schema.ts'
import type { ScoreResponse } from './schema.ts'

export function scoreAnswer(
  { model, picture }: EmbeddedRequest,
  variant: ScoreResponse['variant'],
  { scores, identity }: TextScores,
): ScoreResponse {
  return {
    object: 'score',
    model,
    metric: 'clipscore',
    variant,
    image: imageOf(picture),
    data: scores.map(({ unknownTokens, ...score }, index) => ({ index, ...score, unknown_tokens: unknownTokens })),
    identity: identityOf(identity),
  }
}

export function classifyAnswer(
  { model, picture }: EmbeddedRequest,
  { scoring, calibration, labels, identity, classifierDigest }: Classification,
): ClassifyResponse {
  return {
    object: 'classification',
    model,
    metric: 'zero_shot',
    variant: scoring.kind,
    image: imageOf(picture),
    calibrated: scoring.calibrated,
    temperature: scoring.temperature,
    bias: scoring.bias,
    calibration,
    data: labels.map(({ rank, index, label, probability, cosine, prompts, truncated, unknownTokens }) => ({
      rank,
      index,
      label,
      probability,
      cosine,
      prompts: prompts.length,
      truncated,
      unknown_tokens: unknownTokens,
    })),
    prompts: labels.reduce((sum, { prompts }) => sum + prompts.length, 0),
    truncated_prompts: labels.reduce((sum, { truncated }) => sum + truncated, 0),
    identity: { ...identityOf(identity), classifier_digest: classifierDigest },
  }
}

export function imageOf({ sha256, mediaType, bytes, width, height }: PictureFacts): ScoreResponse['image'] {
  return { sha256, media_type: mediaType, bytes, width, height }
}

export function identityOf({
  model_digest,
  preprocessing_digest,
  runtime,
}: ModelIdentityOf<'edge_model'>): ScoreResponse['identity'] {
  return { model_digest, preprocessing_digest, runtime }
}
