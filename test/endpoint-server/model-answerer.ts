/**
 * A shipped model behind the test endpoint, by the code and the ONNX Runtime that answer at the edge: the bits can be compared.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { modelManifest } from '../../src/contracts/model-manifest.ts'
import { createEdgeModel, type EdgeModel } from '../../src/inference/edge/edge-model.ts'
import { createOnnxRuntime } from '../../src/inference/edge/onnx-runtime.ts'
import { createCodecs } from '../../src/media/codecs.ts'
import { preprocessImage, preprocessingDigest } from '../../src/media/preprocess.ts'
import type { Answerer } from './answerer.ts'
import { chooseAnswer, DEFAULT_RULES, type ChoiceRule } from './zero-shot.ts'

/**
 * @param directory `models/<id>`, with its manifest. Once a process: ONNX Runtime is a global.
 */
export async function loadModelAnswerer(directory: string, rules: readonly ChoiceRule[] = DEFAULT_RULES): Promise<Answerer> {
  const model = await loadModel(directory)
  const sentences = new Map<string, Promise<Float32Array>>()
  function embedSentence(sentence: string): Promise<Float32Array> {
    const known = sentences.get(sentence) ?? model.embedText(sentence).then(({ vector }) => vector)
    sentences.set(sentence, known)
    return known
  }
  return async ({ image, prompt }) => {
    const { vector } = await model.embedImage(image)
    return chooseAnswer(prompt, rules, async (sentence) => cosine(vector, await embedSentence(sentence)))
  }
}

/** The model of a directory, computing in this process. */
export async function loadModel(directory: string): Promise<EdgeModel> {
  const manifest = modelManifest.parse(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')))
  const [vision, text, tokenizer] = await Promise.all(
    [manifest.vision, manifest.text, manifest.tokenizer].map(({ file }) => readFile(join(directory, file))),
  )
  const codecs = createCodecs({
    jpeg: await compile('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'),
    webp: await compile('@jsquash/webp/codec/dec/webp_dec.wasm'),
  })
  return createEdgeModel({
    files: { manifest, vision: vision!, text: text!, tokenizer: tokenizer! },
    runtime: createOnnxRuntime(await compile('onnxruntime-web/ort-wasm-simd-threaded.wasm')),
    preprocess: (bytes, spec) => preprocessImage(bytes, spec, codecs),
    preprocessingDigest,
  })
}

async function compile(specifier: string): Promise<WebAssembly.Module> {
  // Without `WebAssembly.compile` in the Workers' types, though Node has it.
  const { compile } = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<WebAssembly.Module> }
  return compile(await readFile(createRequire(import.meta.url).resolve(specifier)))
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
