/**
 * The shipped models in a Worker. Importing this computes nothing: sessions are created on first use.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import jpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm'
import ortWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
import { MODEL_BUDGET } from '../../contracts/memory-budget.ts'
import type { ModelManifest } from '../../contracts/model-manifest.ts'
import { createCodecs } from '../../media/codecs.ts'
import { preprocessImage, preprocessingDigest } from '../../media/preprocess.ts'
import { BUNDLED_MODELS } from './bundled-models.ts'
import { createDualEncoder, type DualEncoder, type Preprocessing } from './dual-encoder.ts'
import { createSemaphore } from './semaphore.ts'
import { createOnnxRuntime } from './onnx-runtime.ts'
import { createResourceCache } from './resource-cache.ts'
import { createStoredModel, type OpenFile, type StoredModelParts, towersHere } from './stored-model.ts'

/**
 * Bytes of the isolate's 128 MB that inference holds. JavaScript's own heap cannot be measured from inside.
 */
export interface MemoryReport {
  /** ONNX Runtime's linear memory: weights, activations, arena. Never shrinks. */
  readonly onnx_runtime_bytes: number
  /** Linear memory of each live image decoder. Never shrinks while the decoder lives. */
  readonly codecs: Readonly<Record<string, number>>
  /** Model files in the module registry, which are never freed. */
  readonly model_bytes: number
  /** Memory of added models, by their manifests. Most of it is also part of `onnx_runtime_bytes`. */
  readonly added_models_bytes: number
}

const runtime = createOnnxRuntime(ortWasm)
/** The image decoders, as precompiled modules. */
const workerCodecs = createCodecs({ jpeg, webp })

const preprocessing: Preprocessing = {
  preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, workerCodecs, mark),
  preprocessingDigest,
}

/** By id, in the order of `bundled-models.ts`; the first is the default. */
export const shippedModels: ReadonlyMap<string, DualEncoder> = new Map(
  BUNDLED_MODELS.map((files) => createDualEncoder({ files, runtime, ...preprocessing })).map((model) => [
    model.manifest.id,
    model,
  ]),
)

/** Loading a large model takes seconds. A longer load counts as dead. */
const LOAD_PATIENCE = 60_000

const room = createResourceCache(
  MODEL_BUDGET.answering,
  createSemaphore({ capacity: 1, keepAlive: waitUntil, expiryMilliseconds: LOAD_PATIENCE }),
)

/** Small objects (closures, manifests). Their loaded resources are in the cache. */
const added = new Map<string, { readonly text: string; readonly model: DualEncoder }>()
const ADDED_AT_MOST = 64

/**
 * A model added by a tenant.
 * @param key unique among this deployment's models; a changed manifest under the same key makes another model
 */
export function addedModel(key: string, manifest: ModelManifest, open: OpenFile, away: StoredModelParts['away']): DualEncoder {
  const text = JSON.stringify(manifest)
  const known = added.get(key)
  if (known?.text === text) return known.model
  const model = createStoredModel({ manifest, open, room, here: towersHere(runtime, room, open), away, ...preprocessing })
  added.delete(key)
  added.set(key, { text, model })
  for (const oldest of added.keys()) if (added.size > ADDED_AT_MOST) added.delete(oldest)
  return model
}

/** Memory that inference holds in this isolate now. */
export function memoryReport(): MemoryReport {
  return {
    onnx_runtime_bytes: runtime.memoryBytes(),
    codecs: workerCodecs.memoryBytes(),
    model_bytes: BUNDLED_MODELS.reduce((sum, files) => sum + files.vision.length + files.text.length + files.tokenizer.length, 0),
    added_models_bytes: room.heldBytes(),
  }
}
