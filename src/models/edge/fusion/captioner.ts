/**
 * Captions of a picture, from its rows of things: the encoder runs once, the decoder once per token for all
 * beams. Keys and values of the tokens so far are kept between runs.
 * @module
 */
import type { CaptionCandidate } from '../../../contracts/answering-model.ts'
import type { OnStage } from '../../../contracts/edge-model.ts'
import type { CaptionerManifest } from '../../../contracts/fusion-manifest.ts'
import type { SessionInput, SessionOutput } from '../onnx-runtime.ts'
import { beamSearch, type NextLogits } from './beam-search.ts'
import type { Rows } from './perception.ts'
import type { RunGraph } from './run-graph.ts'
import { rowWidth } from './things.ts'

type Step = CaptionerManifest['step']

/** One caption per beam, the best first. @throws {Error} for a model without a decoder */
export type Describe = (picture: Pick<Rows, 'rows' | 'count'>, onStage?: OnStage) => Promise<readonly CaptionCandidate[]>

/** @param words the text of token ids */
export function createCaptioner(
  manifest: CaptionerManifest,
  run: RunGraph,
  words: () => Promise<(ids: readonly number[]) => string>,
): Describe {
  const { encoder, step } = manifest
  const width = rowWidth(manifest)
  return async ({ rows, count }, onStage) => {
    const started = performance.now()
    const textOf = await words()
    const encoded = await run(encoder, { things: { data: rows, shape: [1, count, width] } })
    const [memory, looked, names] = ['memory', 'looked', 'names'].map(encoded) as [SessionOutput, SessionOutput, SessionOutput]
    let past: SessionInput = { data: new Float32Array(0), shape: [step.layers, 2, 1, step.heads, 0, step.depth] }
    let position = 0
    const next: NextLogits = async (parents, last) => {
      const beams = Math.max(1, parents.length)
      if (parents.length > 0) past = reordered(past, parents, step)
      const ids = parents.length > 0 ? last : [step.begin]
      const outputs = await run(step, {
        ids: { data: BigInt64Array.from(ids, BigInt), shape: [beams, 1] },
        position: { data: BigInt64Array.of(BigInt(position++)), shape: [1] },
        past,
        memory,
        looked,
        names,
      })
      past = outputs('present')
      const { data } = outputs('logits')
      if (!data.every(Number.isFinite)) throw new Error(`${step.file} gives logits that are not finite`)
      return data
    }
    const { beams, longest, end, length_power: lengthPower } = step
    const found = await beamSearch(next, { beams, longest, end, lengthPower })
    onStage?.('infer_text', performance.now() - started)
    return found.map(({ ids, logProbability }) => ({ caption: textOf(ids), tokens: ids.length + 1, logProbability }))
  }
}

/** Keys and values [layers, 2, k, heads, t, depth] of the beams that go on, in their order. */
function reordered({ data, shape }: SessionInput, parents: readonly number[], { layers, heads, depth }: Step): SessionInput {
  const [, , beams, , tokens] = shape as [number, number, number, number, number, number]
  const each = heads * tokens * depth
  const out = new Float32Array(layers * 2 * parents.length * each)
  for (let part = 0; part < layers * 2; part++) {
    parents.forEach((parent, beam) => {
      const from = (part * beams + parent) * each
      out.set((data as Float32Array).subarray(from, from + each), (part * parents.length + beam) * each)
    })
  }
  return { data: out, shape: [layers, 2, parents.length, heads, tokens, depth] }
}
