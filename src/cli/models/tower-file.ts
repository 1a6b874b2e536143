/**
 * One tower of a user's model: inputs and outputs of its graph, and its files.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { sha256Hex } from '../../contracts/digest.ts'
import type { TextTowerSpec } from '../../contracts/model-manifest.ts'
import { externalize } from '../../models/onnx/external-data.ts'
import { type OnnxFile, type OnnxValue, readOnnx } from '../../models/onnx/onnx-file.ts'
import { refusePointer } from './lfs-pointer.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './source.ts'

export type Half = 'vision' | 'text'

/** Model family, by the outputs of its towers. */
export type Family = 'clip' | 'siglip'

/** Names of the joint embedding, the most likely first. */
const OUTPUTS = { vision: 'image_embeds', text: 'text_embeds' } as const
/**
 * The joint embedding of SigLIP, whose towers have no projection. In CLIP, the vector before the projection.
 */
const POOLED = 'pooler_output'
const INPUTS = { vision: 'pixel_values', text: 'input_ids' } as const

/** fp32 weights above this size are not packed a second time for speed. */
const PREPACK_BELOW = 10e6

export interface TowerFile {
  readonly spec: TextTowerSpec
  /** null if the graph does not state it. */
  readonly dimensions: number | null
  /** Shape of the input; null for a free length. */
  readonly inputShape: OnnxValue['shape']
}

/**
 * Reads a tower, moves large weights out of its graph into a file, and writes both to `folder`.
 * @param inline whether to leave the weights where they are
 * @throws {Refusal} naming the file and the part of it that cannot be served
 */
export async function prepareTower(
  source: Source,
  { file, half, family }: { readonly file: string; readonly half: Half; readonly family: Family },
  folder: string,
  inline = false,
): Promise<TowerFile> {
  const bytes = new Uint8Array(await readFile(await source.local(file)))
  const onnx = readGraph(file, bytes)
  const io = inputsAndOutput(onnx, half, family, file)
  const name = basename(file, '.onnx')
  const beside = await besideFiles(source, file, onnx, folder)
  const { graph, data } =
    inline || beside.length > 0 ? { graph: bytes, data: new Uint8Array() } : externalize(bytes, `${name}.weights`)
  await writeFile(join(folder, `${name}.onnx`), graph)
  if (data.length > 0) {
    await writeFile(join(folder, `${name}.weights`), data)
    beside.push({ path: `${name}.weights`, ...(await described(`${name}.weights`, data)) })
  }
  const weights = onnx.weights.reduce((sum, weight) => sum + weight.bytes, 0)
  const quantization = quantizationOf(onnx)
  return {
    spec: {
      ...(await described(`${name}.onnx`, graph)),
      input: io.input.name,
      output: io.output.name,
      ...(io.mask === undefined ? {} : { attention_mask: io.mask }),
      quantization,
      prepack: quantization !== 'fp32' || weights < PREPACK_BELOW,
      ...(beside.length === 0 ? {} : { external_data: beside }),
    },
    dimensions: io.output.shape.at(-1) ?? null,
    inputShape: io.input.shape,
  }
}

async function described(file: string, bytes: Uint8Array) {
  return { file, sha256: await sha256Hex(bytes), bytes: bytes.length }
}

/** Weights that the export already keeps beside the graph. */
async function besideFiles(source: Source, file: string, onnx: OnnxFile, folder: string) {
  const beside: { path: string; file: string; sha256: string; bytes: number }[] = []
  for (const { path, name } of filesBeside(file, onnx)) {
    if ((await source.size(name)) === null) throw missingWeights(file, name)
    const data = new Uint8Array(await readFile(await source.local(name)))
    await writeFile(join(folder, path), data)
    beside.push({ path, ...(await described(path, data)) })
  }
  return beside
}

/** A graph without weights has a few MB. A larger file is not downloaded just to read its size. */
const BARE_GRAPH_BELOW = 8e6
/** Exporters' suffixes for weights beside the graph: transformers.js, PyTorch. */
const BESIDE = ['_data', '.data'] as const

/**
 * Bytes of a graph and of the weights beside it. Reads a small graph, never the weights.
 * @returns null if there is no graph
 * @throws {Refusal} for a file that is not a graph, and for missing weights
 */
export async function weightOfTower(source: Source, file: string): Promise<number | null> {
  const graph = await source.size(file)
  if (graph === null) return null
  if (graph > BARE_GRAPH_BELOW) {
    const beside = await Promise.all(BESIDE.map((ending) => source.size(file + ending)))
    return beside.reduce<number>((sum, bytes) => sum + (bytes ?? 0), graph)
  }
  const onnx = readGraph(file, new Uint8Array(await readFile(await source.local(file))))
  let bytes = graph
  for (const { name } of filesBeside(file, onnx)) bytes += (await source.size(name)) ?? raise(missingWeights(file, name))
  return bytes
}

/** @returns each file of weights, by its name in the graph and its name in the source */
function filesBeside(file: string, { weights }: OnnxFile): { path: string; name: string }[] {
  const locations = weights.flatMap(({ external }) => (external === null ? [] : [external.location.replace(/^\.\//, '')]))
  return [...new Set(locations)].map((path) => {
    // A name with a path could lead out of the folder.
    if (path !== basename(path)) throw new Refusal(`${file}: its weights lie at ${JSON.stringify(path)}, which is not beside it`)
    return { path, name: posix.join(dirname(file), path) }
  })
}

const missingWeights = (file: string, name: string): Refusal =>
  new Refusal(`${file} keeps its weights in ${name}, which is missing`)

function raise(error: Error): never {
  throw error
}

/** @internal */
export function inputsAndOutput(
  onnx: Pick<OnnxFile, 'inputs' | 'outputs'>,
  half: Half,
  family: Family,
  file: string,
): { input: OnnxValue; mask?: string; output: OnnxValue } {
  const names = (values: readonly OnnxValue[]): string => values.map(({ name, type }) => `${name} (${type})`).join(', ') || 'none'
  const input = onnx.inputs.find(({ name }) => name === INPUTS[half])
  if (input === undefined) throw new Refusal(`${file} has no input ${INPUTS[half]}; it has ${names(onnx.inputs)}`)
  const wanted = half === 'vision' ? 'float32' : 'int64'
  if (input.type !== wanted) throw new Refusal(`${file}: ${input.name} is ${input.type}; Assay can supply ${wanted}`)
  const mask = onnx.inputs.find(({ name }) => half === 'text' && name === 'attention_mask')
  if (mask !== undefined && mask.type !== 'int64')
    throw new Refusal(`${file}: attention_mask is ${mask.type}; Assay can supply int64`)
  const unknown = onnx.inputs.filter((value) => value !== input && value !== mask)
  if (unknown.length > 0) throw new Refusal(`${file} asks for ${names(unknown)} too, which Assay does not supply`)
  const output =
    onnx.outputs.find(({ name }) => name === OUTPUTS[half]) ??
    (family === 'siglip' ? onnx.outputs.find(({ name }) => name === POOLED) : undefined)
  if (output === undefined && family === 'clip' && onnx.outputs.some(({ name }) => name === POOLED))
    throw new Refusal(
      `${file} gives ${POOLED}, which in CLIP is the vector before the projection: its cosines mean nothing. Export the towers ` +
        `with their projections (they then give ${OUTPUTS[half]}): CLIP${half === 'vision' ? 'Vision' : 'Text'}ModelWithProjection, ` +
        'or transformers.js’ convert script with --split_modalities',
    )
  if (output === undefined) {
    const wantedNames = family === 'clip' ? OUTPUTS[half] : `${OUTPUTS[half]} or ${POOLED}`
    throw new Refusal(`${file} does not give ${wantedNames}; it gives ${names(onnx.outputs)}`)
  }
  if (output.type !== 'float32') throw new Refusal(`${file}: ${output.name} is ${output.type}; take an export that gives float32`)
  return { input, ...(mask === undefined ? {} : { mask: mask.name }), output }
}

/** By the operators and the type of most weights. */
function quantizationOf({ operators, weights }: OnnxFile): string {
  if (operators.has('DynamicQuantizeLinear')) return 'int8-dynamic'
  if (operators.has('MatMulNBits')) return 'int4'
  if (operators.has('QuantizeLinear')) return 'int8-static-qdq'
  if (operators.has('DequantizeLinear')) return 'int8-weights'
  const half = weights.filter(({ type }) => type === 'float16').reduce((sum, { bytes }) => sum + bytes, 0)
  return 2 * half > weights.reduce((sum, { bytes }) => sum + bytes, 0) ? 'fp16' : 'fp32'
}

/** @throws {Refusal} naming the actual kind of file, if it is recognised */
function readGraph(file: string, bytes: Uint8Array): OnnxFile {
  refusePointer(file, bytes)
  try {
    return readOnnx(bytes)
  } catch (error) {
    throw new Refusal(`${file} is not an ONNX file: ${(error as Error).message}`, { cause: error })
  }
}
