/**
 * Answers of `/v1/score` in their wire shapes.
 * @module
 */
import type { Classification } from '../../../scoring/classify.ts'
import type { EmbeddedRequest, PictureFacts } from '../../../scoring/embed-picture.ts'
import type { TextScores } from '../../../scoring/score-texts.ts'
import type { Warning } from '../../../contracts/warning.ts'
import type { ModelIdentityOf } from '../../../contracts/model.ts'
import type { ClassifyResponse } from './classify-schema.ts'
import type { ScoreResponse } from './schema.ts'

export function scoreAnswer(
  request: EmbeddedRequest,
  variant: ScoreResponse['variant'],
  { scores, range: [low, high], scoring, warnings, identity }: TextScores,
): ScoreResponse {
  const { temperature, bias, calibrated } = scoring
  return {
    object: 'score',
    model: request.edgeModel.manifest.id,
    metric: 'clipscore',
    variant,
    image: scoredImageOf(request.picture),
    ...judgementOf(request, warnings),
    calibrated,
    temperature,
    bias,
    range: { low, high },
    data: scores.map(({ unknownTokens, ...score }, index) => ({ index, ...score, unknown_tokens: unknownTokens })),
    identity: { ...identityOf(identity), detector_digest: request.domain.detector },
  }
}

export function classifyAnswer(
  request: EmbeddedRequest,
  { scoring, calibration, labels, warnings, identity, classifierDigest }: Classification,
): ClassifyResponse {
  return {
    object: 'classification',
    model: request.edgeModel.manifest.id,
    metric: 'zero_shot',
    variant: scoring.kind,
    image: scoredImageOf(request.picture),
    ...judgementOf(request, warnings),
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
    identity: { ...identityOf(identity), detector_digest: request.domain.detector, classifier_digest: classifierDigest },
  }
}

export function imageOf({ sha256, mediaType, bytes, width, height }: PictureFacts): Omit<ScoreResponse['image'], 'decoded'> {
  return { sha256, media_type: mediaType, bytes, width, height }
}

function scoredImageOf(picture: EmbeddedRequest['picture']): ScoreResponse['image'] {
  return { ...imageOf(picture), decoded: picture.decoded }
}

function judgementOf(
  { domain: { kind, probability, probabilities }, choice }: EmbeddedRequest,
  warnings: readonly Warning[],
): Pick<ScoreResponse, 'domain' | 'model_choice' | 'warnings'> {
  return {
    domain: { kind, probability, probabilities },
    model_choice: choice && { ...choice, among: [...choice.among] },
    warnings: [...warnings],
  }
}

export function identityOf({
  model_digest,
  preprocessing_digest,
  runtime,
}: ModelIdentityOf<'edge_model'>): Omit<ScoreResponse['identity'], 'detector_digest'> {
  return { model_digest, preprocessing_digest, runtime }
}
