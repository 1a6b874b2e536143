/**
 * A shipped model behind the test endpoint, with the edge's code and ONNX Runtime, so that bits are
 * comparable.
 * @module
 */
import { nodeEdgeModel } from '../support/node-dual-encoder.ts'
import type { Answerer } from './answerer.ts'
import { rankAnswers } from '../../endpoint/zero-shot.ts'

/** @param directory `models/<id>` */
export async function loadModelAnswerer(directory: string): Promise<Answerer> {
  const model = await nodeEdgeModel(directory)
  const sentences = new Map<string, Float32Array>()
  async function embedSentence(sentence: string): Promise<Float32Array> {
    const vector = sentences.get(sentence) ?? (await model.embedText(sentence)).vector
    sentences.set(sentence, vector)
    return vector
  }
  return async ({ image, prompt }) => {
    const { vector } = await model.embedImage(image)
    const [best] = await rankAnswers(prompt, async (sentence) => cosine(vector, await embedSentence(sentence)))
    return best!.answer
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}
