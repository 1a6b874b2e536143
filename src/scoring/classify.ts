/**
 * Classifies a picture among labels (`zero-shot.ts`).
 * @module
 */
import { digestOf } from '../contracts/digest.ts'
import type { LabelSet, Memory } from '../contracts/edge-model.ts'
import { at } from '../contracts/failure-pointer.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { ModelIdentityOf } from '../contracts/model.ts'
import { atIndex, type TextWarning, type Warning } from '../contracts/warning.ts'
import type { DualEncoderManifest } from '../contracts/model-manifest.ts'
import { type EmbeddedRequest, recorder } from './embed-picture.ts'
import { labelEmbedding, PROMPT_ENSEMBLE } from '../metrics/label-embedding.ts'
import type { LabelPrompts } from '../contracts/label-prompts.ts'
import type { LabelsQuestion } from './request.ts'
import { rankLabels, type RankedLabel, type Scoring, scoringOf } from './zero-shot.ts'

/**
 * Prompts after which other requests get a turn: inference uses microtasks only, so many prompts would block
 * them.
 */
const PROMPTS_PER_TURN = 32

export interface LabelProbability extends RankedLabel, LabelPrompts {
  /** Prompts of which the model read only the beginning. */
  readonly truncated: number
  /** Tokens of the prompts that stand for something outside the model's vocabulary. */
  readonly unknownTokens: number
}

export interface Classification {
  readonly scoring: Scoring
  /** How the temperature was fitted; null where it was not, or not for pictures of this kind. */
  readonly calibration: NonNullable<DualEncoderManifest['calibration']> | null
  /** Most probable first. */
  readonly labels: readonly LabelProbability[]
  /** About the picture, then about the labels in order. */
  readonly warnings: readonly Warning[]
  readonly identity: ModelIdentityOf<'edge_model'>
  /** Digest of the labels, their prompts, how prompts are averaged, and how cosines become probabilities. */
  readonly classifierDigest: string
}

/** @throws {Fault} naming the label whose prompts the model cannot embed, or whose embeddings cancel out */
export async function classify(
  request: EmbeddedRequest,
  { labels }: LabelsQuestion,
  labelSets: Memory<LabelSet>,
): Promise<Classification> {
  const { edgeModel, vector, scope } = request
  const scoring = scoringOf(edgeModel.manifest, request.inDomain)
  const { kind, temperature, bias, calibrated } = scoring
  const { identity } = edgeModel
  const classifierDigest = await digestOf({ labels, ensemble: PROMPT_ENSEMBLE, kind, temperature, bias })
  const name = [scope, identity.model_digest, identity.runtime, classifierDigest].join('\n')
  const known = labelSets.recall(name)
  const set = known ?? (await embedLabels(request, labels))
  if (known === undefined) labelSets.keep(name, set, bytesOf(set))

  return {
    scoring,
    calibration: (calibrated ? edgeModel.manifest.calibration : undefined) ?? null,
    labels: rankLabels(vector, set.embeddings, scoring).map((ranked) => ({
      ...ranked,
      ...labels[ranked.index]!,
      truncated: set.truncated[ranked.index]!,
      unknownTokens: set.unknown[ranked.index]!,
    })),
    warnings: [...request.warnings, ...set.warnings],
    identity,
    classifierDigest,
  }
}

function bytesOf({ embeddings, warnings }: LabelSet): number {
  return embeddings.length * embeddings[0]!.byteLength + 2 * JSON.stringify(warnings).length
}

async function embedLabels({ edgeModel, places, timings }: EmbeddedRequest, labels: readonly LabelPrompts[]): Promise<LabelSet> {
  const onStage = recorder(timings)
  const embeddings: Float64Array[] = []
  const truncated: number[] = []
  const unknown: number[] = []
  const warnings: Warning[] = []
  let embedded = 0
  for (const [index, { prompts }] of labels.entries()) {
    const vectors: Float32Array[] = []
    let truncatedPrompts = 0
    let unknownTokens = 0
    const ofPrompts: TextWarning[] = []
    for (const prompt of prompts) {
      if (++embedded % PROMPTS_PER_TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      const embedding = await at(places.label(index), () => edgeModel.embedText(prompt, onStage))
      vectors.push(embedding.vector)
      if (embedding.truncated) truncatedPrompts++
      unknownTokens += embedding.unknownTokens
      ofPrompts.push(...embedding.warnings)
    }
    warnings.push(...atIndex(onePerCode(ofPrompts), index))
    const mean = labelEmbedding(vectors)
    if (!mean.every(Number.isFinite))
      throw unprocessableField(places.label(index), 'has prompts whose embeddings cancel each other out; use others')
    embeddings.push(mean)
    truncated.push(truncatedPrompts)
    unknown.push(unknownTokens)
  }
  return { embeddings, truncated, unknown, warnings }
}

/** The first warning of each code, with the counts of all. */
function onePerCode(warnings: readonly TextWarning[]): TextWarning[] {
  const byCode = Object.values(Object.groupBy(warnings, ({ code }) => code))
  return byCode.map((same) => {
    const [first, ...others] = same!
    if (!('count' in first!)) return first!
    return { ...first, count: others.reduce((sum, one) => sum + ('count' in one ? one.count : 0), first.count) }
  })
}
