/**
 * The answer to labels: how probable each is, best first.
 * @module
 */
import { digestOf } from '../../contracts/digest.ts'
import type { LabelSet, Memory } from '../../contracts/encoder.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import type { ClassifyResponse } from '../../contracts/wire/classify.ts'
import { labelEmbedding, PROMPT_ENSEMBLE, rankLabels, scoringOf } from '../../scoring/zero-shot.ts'
import { type Asked, type TaskOf } from './score-picture.ts'

/** Prompts after which other requests get a turn: inference takes microtasks only, and many prompts would hold up everybody. */
const PROMPTS_A_TURN = 32

export async function classify(asked: Asked, { labels }: TaskOf<'labels'>, memory: Memory<LabelSet>): Promise<ClassifyResponse> {
  const { encoder, vector, image } = asked
  const { kind, temperature, bias, calibrated } = scoringOf(encoder.manifest)
  const { model_digest, preprocessing_digest, runtime } = await encoder.identity()
  const classifier_digest = await digestOf({ labels, ensemble: PROMPT_ENSEMBLE, kind, temperature, bias })
  const name = [asked.scope, model_digest, runtime, classifier_digest].join('\n')
  const known = memory.recall(name)
  const { embeddings, truncated, unknown } = known ?? (await embedLabels(asked, labels))
  if (known === undefined) memory.keep(name, { embeddings, truncated, unknown }, labels.length * embeddings[0]!.byteLength)

  const data = rankLabels(vector, embeddings, { kind, temperature, bias }).map(({ rank, index, probability, cosine }) => {
    const { label, prompts } = labels[index]!
    const counts = { prompts: prompts.length, truncated: truncated[index]!, unknown_tokens: unknown[index]! }
    return { rank, index, label, probability, cosine, ...counts }
  })
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
    prompts: labels.reduce((sum, { prompts }) => sum + prompts.length, 0),
    truncated_prompts: truncated.reduce((sum, count) => sum + count, 0),
    identity: { model_digest, preprocessing_digest, runtime, classifier_digest },
  }
}

async function embedLabels({ encoder, named, onStage }: Asked, labels: TaskOf<'labels'>['labels']): Promise<LabelSet> {
  const embeddings: Float64Array[] = []
  const truncated: number[] = []
  const unknown: number[] = []
  let embedded = 0
  for (const [index, { prompts }] of labels.entries()) {
    const vectors: Float32Array[] = []
    let cut = 0
    let strange = 0
    for (const prompt of prompts) {
      if (++embedded % PROMPTS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      const embedding = await at(named.label(index), () => encoder.embedText(prompt, onStage))
      vectors.push(embedding.vector)
      if (embedding.truncated) cut++
      strange += embedding.unknownTokens
    }
    const mean = labelEmbedding(vectors)
    if (!mean.every(Number.isFinite))
      throw unprocessableField(named.label(index), 'has prompts whose embeddings cancel each other out; use others')
    embeddings.push(mean)
    truncated.push(cut)
    unknown.push(strange)
  }
  return { embeddings, truncated, unknown }
}
