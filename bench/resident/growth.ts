/**
 * Growth of ONNX Runtime's memory by one graph of a model that answers: its weights, and the activations of
 * the largest input that the manifest allows.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnsweringManifest, CaptionerManifest, FusionGraph } from '../../src/contracts/fusion-manifest.ts'
import { NAMED_AT_ONCE } from '../../src/models/edge/fusion/perception.ts'
import { rowWidth } from '../../src/models/edge/fusion/things.ts'
import type { OnnxRuntime, SessionInput } from '../../src/models/edge/onnx-runtime.ts'
import { loadSession } from '../../src/models/edge/stored-model.ts'

export interface Graph {
  readonly name: string
  readonly graph: FusionGraph
  readonly inputs: Readonly<Record<string, SessionInput>>
}

/** Every graph of a model, with its largest input. @param vocabulary number of the tokenizer's tokens */
export function graphsOf(manifest: AnsweringManifest, vocabulary: number): readonly Graph[] {
  const { detector, namer, image, tokenizer } = manifest
  const { size, longest_edge: longest = size } = image
  const [height, width] = [size, longest].map((edge) => Math.ceil(edge / detector.stride) * detector.stride) as [number, number]
  const picture = filled([1, 3, height, width])
  const boxes = {
    data: Float32Array.from({ length: 4 * NAMED_AT_ONCE }, (_, at) => (at % 4 < 2 ? 0 : 90)),
    shape: [NAMED_AT_ONCE, 4],
  }
  const common = [
    { name: 'detector', graph: detector, inputs: { pixel_values: picture } },
    { name: 'namer', graph: namer, inputs: { picture, boxes } },
  ]
  const things = (pictures: number): SessionInput => filled([1, pictures * (1 + detector.most), rowWidth(manifest)])
  if (manifest.kind === 'captioner')
    return [
      ...common,
      { name: 'encoder', graph: manifest.encoder, inputs: { things: things(1) } },
      { name: 'step', graph: manifest.step, inputs: lastStep(manifest, vocabulary) },
    ]
  const ids = { data: BigInt64Array.from({ length: tokenizer.max_length }, () => 2n), shape: [1, tokenizer.max_length] }
  return [...common, { name: 'fusion', graph: manifest.fusion, inputs: { things: things(2), ids } }]
}

/** All beams at the last token of the longest caption. */
function lastStep({ step, detector }: CaptionerManifest, vocabulary: number): Graph['inputs'] {
  const { layers, heads, depth, beams, longest } = step
  const count = 1 + detector.most
  return {
    ids: { data: BigInt64Array.from({ length: beams }, () => 4n), shape: [beams, 1] },
    position: { data: BigInt64Array.of(BigInt(longest - 1)), shape: [1] },
    past: filled([layers, 2, beams, heads, longest - 1, depth]),
    memory: filled([layers, 2, 1, heads, count, depth]),
    looked: filled([1, count, heads * depth]),
    names: filled([1, count, 2, vocabulary]),
  }
}

const filled = (shape: readonly number[]): SessionInput => ({
  data: new Float32Array(shape.reduce((product, edge) => product * edge, 1)).fill(0.1),
  shape,
})

/**
 * Mean growth by a set of graphs over many times that it is loaded, in bytes: memory grows in steps, and the
 * first set fills what an empty runtime has to spare. No session is released, so that later ones find no gap.
 * @param folder holds the model's files
 */
export async function growthOf(runtime: OnnxRuntime, folder: string, graphs: readonly Graph[], times: number): Promise<number> {
  const open = async ({ file }: Pick<FusionGraph, 'file'>) =>
    new Blob([Uint8Array.from(await readFile(join(folder, file)))]).stream()
  const load = async (): Promise<void> => {
    for (const { graph, inputs } of graphs) await (await loadSession(runtime, graph, open)).runAll(inputs)
  }
  await load()
  const before = runtime.memoryBytes()
  for (let count = 0; count < times; count++) await load()
  return (runtime.memoryBytes() - before) / times
}

/** Number of tokens in a tokenizer's file. */
export function vocabularyOf(json: string): number {
  const { model } = JSON.parse(json) as { model: { vocab: object } }
  return Object.keys(model.vocab).length
}
