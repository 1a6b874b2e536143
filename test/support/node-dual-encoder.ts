/**
 * A shipped model in Node, through the Worker's code: only the source of the bytes differs.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { nodeRuntime } from '../../src/cli/models/node-runtime.ts'
import type { ModelManifest } from '../../src/contracts/model-manifest.ts'
import { createDualEncoder, type DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import type { ModelFiles } from '../../src/models/edge/model-files.ts'
import { type Codecs, createCodecs } from '../../src/media/codecs.ts'
import { preprocessImage, preprocessingDigest } from '../../src/media/preprocess.ts'

// The library is a global: a second runtime in this process would share its state but not its memory.
export { nodeRuntime }

export const MODELS = fileURLToPath(new URL('../../models', import.meta.url))
const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url))

async function compile(file: string): Promise<WebAssembly.Module> {
  // Missing in the Workers' types, since Workers refuse it.
  const { compile } = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<WebAssembly.Module> }
  return compile(await readFile(join(PACKAGES, file)))
}

export async function nodeCodecs(): Promise<Codecs> {
  const [jpeg, webp] = await Promise.all([
    compile('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'),
    compile('@jsquash/webp/codec/dec/webp_dec.wasm'),
  ])
  return createCodecs({ jpeg, webp })
}

/** Reads `directory/manifest.json` and the files it names. */
export async function readModelFiles(directory: string): Promise<ModelFiles> {
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as ModelManifest
  const [vision, text, tokenizer] = await Promise.all(
    [manifest.vision.file, manifest.text.file, manifest.tokenizer.file].map((file) => readFile(join(directory, file))),
  )
  return { manifest, vision: vision!, text: text!, tokenizer: tokenizer! }
}

/** @param directory a model's folder; the shipped one's by default */
export async function nodeEdgeModel(directory: string = join(MODELS, 'assay-clip')): Promise<DualEncoder> {
  const [files, runtime, codecs] = await Promise.all([readModelFiles(directory), nodeRuntime(), nodeCodecs()])
  return createDualEncoder({
    files,
    runtime,
    preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, codecs, mark),
    preprocessingDigest,
  })
}
