/**
 * A shipped model in Node, through the Worker's code: only the source of the bytes differs.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { nodeRuntime } from '../../src/cli/models/node-runtime.ts'
import type { ModelManifest } from '../../src/contracts/model-manifest.ts'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import { readManifest } from '../../src/models/edge/read-manifest.ts'
import { createResourceCache } from '../../src/models/edge/resource-cache.ts'
import { createShippedModel } from '../../src/models/edge/shipped-model.ts'
import type { OpenFile } from '../../src/models/edge/stored-model.ts'
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

/** Files of a model in `models/<id>/`. */
export interface ModelFiles {
  /** `manifest.json`, parsed as JSON. */
  readonly manifest: unknown
  readonly vision: Uint8Array
  readonly text: Uint8Array
  /** `tokenizer.json`, as stored. */
  readonly tokenizer: Uint8Array
}

/** Reads `directory/manifest.json` and the files it names. */
export async function readModelFiles(directory: string): Promise<ModelFiles> {
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as ModelManifest
  const [vision, text, tokenizer] = await Promise.all(
    [manifest.vision.file, manifest.text.file, manifest.tokenizer.file].map((file) => readFile(join(directory, file))),
  )
  return { manifest, vision: vision!, text: text!, tokenizer: tokenizer! }
}

/** A model from files in memory, through the code that serves it from static assets. */
export async function modelOfFiles(files: ModelFiles): Promise<DualEncoder> {
  const [runtime, codecs] = await Promise.all([nodeRuntime(), nodeCodecs()])
  const manifest = readManifest(files.manifest)
  const named: Readonly<Record<string, Uint8Array>> = {
    [manifest.vision.file]: files.vision,
    [manifest.text.file]: files.text,
    [manifest.tokenizer.file]: files.tokenizer,
  }
  const open: OpenFile = async ({ file }) => new Blob([Uint8Array.from(named[file]!)]).stream()
  const room = createResourceCache(Infinity, (_weight, task) => task())
  return createShippedModel({
    manifest,
    open,
    room,
    runtime,
    preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, codecs, mark),
    preprocessingDigest,
  })
}

/** @param directory a model's folder; the shipped one's by default */
export async function nodeEdgeModel(directory: string = join(MODELS, 'assay-clip')): Promise<DualEncoder> {
  return modelOfFiles(await readModelFiles(directory))
}
