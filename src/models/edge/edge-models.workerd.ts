/**
 * The models of a Worker: shipped and added ones share one cache of loaded resources. Importing this loads
 * nothing.
 * @module
 */
import { env, waitUntil } from 'cloudflare:workers'
import jpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm'
import ortWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
import { LOADED_MODEL_BYTES } from '../../contracts/memory-budget.ts'
import { type AnsweringManifest, answeringManifest } from '../../contracts/fusion-manifest.ts'
import type { ModelManifest } from '../../contracts/model-manifest.ts'
import { createCodecs } from '../../media/codecs.ts'
import { preprocessImage, preprocessingDigest } from '../../media/preprocess.ts'
import { scalePicture } from '../../media/scale-picture.ts'
import type { DualEncoder, Preprocessing } from './dual-encoder.ts'
import { createLruCache } from './lru-cache.ts'
import type { LabelVectors } from './label-vectors.ts'
import { createFusionNetwork, type FusionNetwork } from './fusion/fusion-network.ts'
import { fusionFiles } from './fusion/fusion-files.ts'
import { SHIPPED_FUSION_MANIFESTS } from './fusion/shipped-fusions.ts'
import { createOnnxRuntime } from './onnx-runtime.ts'
import { readManifest } from './read-manifest.ts'
import { createResourceCache } from './resource-cache.ts'
import { createSemaphore } from './semaphore.ts'
import { createShippedModel } from './shipped-model.ts'
import { type Assets, SHIPPED_MANIFESTS, shippedFiles } from './shipped-models.ts'
import { createTurns } from './turns.ts'
import { createStoredModel, type OpenFile, type StoredModelParts, towersHere } from './stored-model.ts'

/**
 * Bytes of the isolate's 128 MB that inference holds. JavaScript's own heap cannot be measured from inside.
 */
export interface MemoryReport {
  /** ONNX Runtime's linear memory: weights, activations, arena. Never shrinks. */
  readonly onnx_runtime_bytes: number
  /** Linear memory of each live image decoder. Never shrinks while the decoder lives. */
  readonly codecs: Readonly<Record<string, number>>
  /** Memory of loaded models, by their manifests. Most of it is also part of `onnx_runtime_bytes`. */
  readonly loaded_model_bytes: number
}

const runtime = createOnnxRuntime(ortWasm)
/** The image decoders, as precompiled modules. */
const workerCodecs = createCodecs({ jpeg, webp })

const preprocessing: Preprocessing = {
  preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, workerCodecs, mark),
  preprocessingDigest,
}

/** A smaller copy of a picture, see `media/scale-picture.ts`. Decodes take turns. */
export const scaledPicture = (bytes: Uint8Array, mostPixels: number) => scalePicture(bytes, mostPixels, workerCodecs)

/** Loading a large model takes seconds. A longer load counts as dead: its client left in the middle of it. */
const LOAD_PATIENCE = 20_000

const room = createResourceCache(
  LOADED_MODEL_BYTES,
  createSemaphore({ capacity: 1, keepAlive: waitUntil, expiryMilliseconds: LOAD_PATIENCE }),
)

/** Vectors of labels: 1365 of 384 dimensions. */
export const labelMemory = createLruCache<LabelVectors>(4 * 2 ** 20)

/** Turns of all models of this isolate. */
export const modelTurns = createTurns({ capacity: LOADED_MODEL_BYTES, keepAlive: waitUntil })

/** By id, in the order of `shipped-models.ts`; the first is the default. */
export const shippedModels: ReadonlyMap<string, DualEncoder> = new Map(
  SHIPPED_MANIFESTS.map(readManifest).map((manifest) => [manifest.id, shippedModel(manifest)]),
)

/** Shipped models that answer, by id, in list order. */
export const shippedFusions: ReadonlyMap<string, FusionNetwork> = new Map(
  SHIPPED_FUSION_MANIFESTS.map((manifest) => answeringManifest.parse(manifest)).map((manifest) => [
    manifest.id,
    shippedFusion(manifest),
  ]),
)

function shippedFusion(manifest: AnsweringManifest): FusionNetwork {
  const open = shippedFiles(() => Reflect.get(env, 'ASSETS') as Assets, manifest.id)
  return createFusionNetwork({
    manifest,
    ...fusionFiles(manifest, { runtime, room, open }),
    preprocess: preprocessing.preprocess,
  })
}

/** Part of the identity of a model that answers. */
export const fusionPreprocessingDigest = preprocessingDigest

function shippedModel(manifest: ModelManifest): DualEncoder {
  const open = shippedFiles(() => Reflect.get(env, 'ASSETS') as Assets, manifest.id)
  return createShippedModel({ manifest, open, room, runtime, ...preprocessing })
}

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
    loaded_model_bytes: room.heldBytes(),
  }
}
