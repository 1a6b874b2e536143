/**
 * One run of each tower by every runtime: the Worker's WebAssembly in this process, native int8, native fp32.
 * @module
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { preprocessImage } from '../../src/media/preprocess.ts'
import { createTokenizer } from '../../src/text/tokenizer.ts'
import { MODELS, nodeCodecs, nodeEdgeModel, nodeRuntime, readModelFiles } from '../../test/support/node-dual-encoder.ts'
import { nativeRun, nativeRuntime } from './native.ts'

export interface TowerInputs {
  readonly picture: Uint8Array
  readonly text: string
  /** Id of a shipped model. */
  readonly model: string
  /** Directory of the trainer's `vision.fp32.onnx` and `text.fp32.onnx`, if it is there. */
  readonly fp32: string | undefined
}

export type TowerName = `${'vision' | 'text'} ${'wasm int8' | 'native int8' | 'native fp32'}`

export async function towerRuns({ picture, text, model, fp32 }: TowerInputs): Promise<Map<TowerName, () => Promise<unknown>>> {
  const ort = nativeRuntime()
  const wasm = await nodeRuntime()
  const directory = join(MODELS, model)
  const files = await readModelFiles(directory)
  const { manifest } = await nodeEdgeModel(directory)
  const { tensor } = await preprocessImage(picture, manifest.image, await nodeCodecs())
  const json: unknown = JSON.parse(new TextDecoder().decode(files.tokenizer))
  const { ids } = createTokenizer(json, { maxLength: manifest.tokenizer.max_length }).encode(manifest.prompt_prefix + text)
  const { size } = manifest.image
  const inputs = {
    vision: { spec: manifest.vision, type: 'float32', data: tensor, shape: [1, 3, size, size] },
    text: { spec: manifest.text, type: 'int64', data: BigInt64Array.from(ids, BigInt), shape: [1, ids.length] },
  } as const

  const runs = new Map<TowerName, () => Promise<unknown>>()
  for (const name of ['vision', 'text'] as const) {
    const { spec, type, data, shape } = inputs[name]
    const session = await wasm.createSession(files[name], { prepack: spec.prepack })
    runs.set(`${name} wasm int8`, () => session.run(spec.input, data, shape, spec.output))
    const feed = { [spec.input]: new ort.Tensor(type, data, shape) }
    runs.set(`${name} native int8`, await nativeRun(ort, files[name], feed))
    const full = fp32 && resolve(fp32, `${name}.fp32.onnx`)
    if (full !== undefined && existsSync(full)) runs.set(`${name} native fp32`, await nativeRun(ort, await readFile(full), feed))
  }
  return runs
}
