/**
 * The answer to labels: how probable each is, best first.
 * @module
 */
import { digestOf } from '../../contracts/digest.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import type { ClassifyResponse } from '../../contracts/wire/classify.ts'
import { labelEmbedding, PROMPT_ENSEMBLE, rankLabels, scoringOf } from '../../criteria/zero-shot.ts'
import { type Asked, pointingAt, type TaskOf } from './score-picture.ts'

/** Prompts after which other requests get a turn: inference takes microtasks only, and many prompts would hold up everybody. */
const PROMPTS_A_TURN = 32

export async function classify(asked: Asked, { labels }: TaskOf<'labels'>): Promise<ClassifyResponse> {
  const { encoder, vector, image, named, onStage } = asked
  const embeddings: Float64Array[] = []
  const truncated: number[] = []
  let embedded = 0
  for (const [index, { prompts }] of labels.entries()) {
    const vectors: Float32Array[] = []
    let cut = 0
    for (const prompt of prompts) {
      if (++embedded % PROMPTS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      const embedding = await pointingAt(named.label(index), () => encoder.embedText(prompt, onStage))
      vectors.push(embedding.vector)
      if (embedding.truncated) cut++
    }
    const mean = labelEmbedding(vectors)
    if (!mean.every(Number.isFinite))
      throw unprocessableField(named.label(index), 'has prompts whose embeddings cancel each other out; use others')
    embeddings.push(mean)
    truncated.push(cut)
  }

  const { kind, temperature, bias, calibrated } = scoringOf(encoder.manifest)
  const data = rankLabels(vector, embeddings, { kind, temperature, bias }).map(({ rank, index, probability, cosine }) => {
    const { label, prompts } = labels[index]!
    return { rank, index, label, probability, cosine, prompts: prompts.length, truncated: truncated[index]! }
  })
  const { model_digest, preprocessing_digest, runtime } = await encoder.identity()
  const classifier_digest = await digestOf({ labels, ensemble: PROMPT_ENSEMBLE, kind, temperature, bias })
  return {
    object: 'classification',
    model: asked.model,
    metric: 'zero_shot',
    variant: kind,
    image,
    calibrated,
    temperature,
    bias,
    calibration: (calibrated && encoder.manifest.calibration) || null,
    data,
    prompts: embedded,
    truncated_prompts: truncated.reduce((sum, count) => sum + count, 0),
    identity: { model_digest, preprocessing_digest, runtime, classifier_digest },
  }
}
