/**
 * A dual encoder that ships with the deployment: both towers are loaded together, and leave together.
 *
 * WebAssembly memory never shrinks. Towers of several models that come and go one by one leave gaps, and the
 * memory grows around them. Requests for two models in turns would also load a tower at each step.
 * @module
 */
import { towerBytes } from '../../contracts/memory-budget.ts'
import type { DualEncoderManifest, TowerSpec } from '../../contracts/model-manifest.ts'
import { assembleDualEncoder, type DualEncoder, type Preprocessing, textEmbedder } from './dual-encoder.ts'
import { keptValue } from './memoize.ts'
import type { OnnxRuntime, Session } from './onnx-runtime.ts'
import type { ResourceCache } from './resource-cache.ts'
import { loadSession, loadTokenizer, type OpenFile } from './stored-model.ts'
import { createTower, type Tower } from './tower.ts'

export interface ShippedModelParts extends Preprocessing {
  readonly manifest: DualEncoderManifest
  readonly open: OpenFile
  readonly room: ResourceCache
  readonly runtime: OnnxRuntime
}

interface Towers {
  readonly vision: Session
  readonly text: Session
}

/** Its tokenizer stays once it is loaded: parsing it again would leave more to collect than it holds. */
export function createShippedModel({ manifest, open, room, runtime, ...preprocessing }: ShippedModelParts): DualEncoder {
  const { vision, text, tokenizer: file } = manifest
  const { dimensions } = manifest.embedding
  const residentBytes = shareOf(vision) + shareOf(text)
  const key = `${manifest.id} ${vision.sha256} ${text.sha256}`
  const towers = (): Promise<Towers> =>
    room.use(
      key,
      residentBytes,
      () => loadTowers(runtime, manifest, open),
      async (loaded) => {
        await loaded.vision.release()
        await loaded.text.release()
      },
    )
  const towerOf = (half: 'vision' | 'text'): Tower =>
    createTower({ session: async () => (await towers())[half], isLoaded: () => room.has(key) }, manifest[half], dimensions)
  const tokenizer = keptValue(() => loadTokenizer(file, open))
  return assembleDualEncoder(manifest, {
    ...preprocessing,
    residentBytes,
    vision: towerOf('vision'),
    texts: textEmbedder(manifest, tokenizer, towerOf('text')),
  })
}

/** As measured; a tenant's manifest would not be believed. */
const shareOf = (spec: TowerSpec): number => spec.resident_bytes ?? towerBytes(spec)

async function loadTowers(runtime: OnnxRuntime, { vision, text }: DualEncoderManifest, open: OpenFile): Promise<Towers> {
  const first = await loadSession(runtime, vision, open)
  try {
    return { vision: first, text: await loadSession(runtime, text, open) }
  } catch (error) {
    await first.release()
    throw error
  }
}
