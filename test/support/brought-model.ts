/**
 * Added models in Node: the committed random ones, prepared like `assay models add` does, and served from a
 * folder by the code that serves them from R2.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareModel, type PrepareOptions } from '../../src/cli/models/prepare.ts'
import { openLocal, openSource, type Source } from '../../src/cli/models/source.ts'
import type { ModelManifest } from '../../src/contracts/model-manifest.ts'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import { createResourceCache, type ResourceCache } from '../../src/models/edge/resource-cache.ts'
import { createStoredModel, type StoredModelParts, towersHere } from '../../src/models/edge/stored-model.ts'
import { preprocessImage, preprocessingDigest } from '../../src/media/preprocess.ts'
import { nodeCodecs, nodeRuntime } from './node-dual-encoder.ts'

/** Written by `training/reference_graphs.py tiny`. */
export const BROUGHT = fileURLToPath(new URL('../golden/models', import.meta.url))

export interface Reference {
  /** Base64 of a PNG. */
  readonly picture: string
  /** Base64 of little-endian float32: PyTorch's output. */
  readonly image_embeds: string
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[]; readonly text_embeds: string }[]
}

export const floats = (base64: string): Float32Array => {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer)
}

export function localSource(folder: string): Source {
  return openSource(folder, { downloads: tmpdir(), revision: 'main', say: () => undefined })
}

/** Prepares a model in a folder; `clean` removes it. */
export async function prepared(
  source: Source,
  options: Partial<PrepareOptions> = {},
): Promise<{ manifest: ModelManifest; folder: string; said: string[]; clean: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'assay-model-'))
  const folder = join(home, 'model')
  const said: string[] = []
  const { manifest } = await prepareModel(source, {
    id: 'brought',
    logitScale: 100,
    logitBias: -10,
    promptPrefix: '',
    placement: { vision: 'isolate', text: 'isolate' },
    folder,
    say: (line) => void said.push(line),
    ...options,
  })
  return { manifest, folder, said, clean: () => rm(home, { recursive: true, force: true }) }
}

const wideRoom = (): ResourceCache => createResourceCache(1e9, (_, task) => task())

/** Serves a prepared folder like a Worker serves R2. */
export async function served(
  manifest: ModelManifest,
  folder: string,
  { room = wideRoom(), away = { vision: null, text: null } }: { room?: ResourceCache; away?: StoredModelParts['away'] } = {},
): Promise<DualEncoder> {
  const [runtime, codecs] = await Promise.all([nodeRuntime(), nodeCodecs()])
  const open = ({ file }: { file: string }) => openLocal(join(folder, file))
  return createStoredModel({
    manifest,
    open,
    room,
    here: towersHere(runtime, room, open),
    away,
    preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, codecs, mark),
    preprocessingDigest,
  })
}
