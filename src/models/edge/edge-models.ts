/**
 * The edge models of a tenant: the shipped ones, then those that the tenant added.
 * @module
 */
import type { ModelRecord, ModelStore } from '../../contracts/catalogue-ports.ts'
import type { EdgeModel, EdgeModels, Memory } from '../../contracts/edge-model.ts'
import type { ImageReference } from '../../contracts/item.ts'
import type { ModelManifest } from '../../contracts/model-manifest.ts'
import type { Detector } from '../domain/detector.ts'
import type { DualEncoder } from './dual-encoder.ts'
import { createEdgeModel } from './edge-model.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import type { LabelVectors } from './label-vectors.ts'
import { towersOf, type TowerWorker } from './remote-tower.ts'
import type { Semaphore } from './semaphore.ts'
import type { OpenFile, StoredModelParts } from './stored-model.ts'
import type { Turns } from './turns.ts'

export interface EdgeModelsParts {
  /** By id, in list order. */
  readonly shipped: ReadonlyMap<string, DualEncoder>
  /** Ids of shipped models of other kinds. */
  readonly taken: { has(id: string): boolean }
  /** Makes an added model, or returns the existing one for the same manifest (`isolate.workerd.ts`). */
  readonly load: (key: string, manifest: ModelManifest, open: OpenFile, away: StoredModelParts['away']) => DualEncoder
  readonly store: ModelStore
  /** Workers for single towers; null where this deployment has none. */
  readonly towerWorkers: { readonly vision: TowerWorker | null; readonly text: TowerWorker | null }
  readonly readImage: (tenant: string, image: Pick<ImageReference, 'sha256'>) => Promise<Uint8Array>
  readonly admit: Semaphore
  readonly turns: Turns
  readonly detector: Detector
  /** null: this deployment stores no vectors. */
  readonly cache: EmbeddingCache | null
  /** Vectors of labels, in this isolate. */
  readonly labels: Memory<LabelVectors>
}

export function createEdgeModels(parts: EdgeModelsParts): EdgeModels {
  const { shipped, taken, load, store, towerWorkers, readImage, admit, turns, detector, cache, labels } = parts

  const serve = (tenant: string, encoder: DualEncoder, createdAt?: number): Promise<EdgeModel> =>
    createEdgeModel({
      encoder,
      tenant,
      readImage: (image) => readImage(tenant, image),
      admit,
      turns,
      detector,
      cache,
      labels,
      createdAt,
    })

  const serveAdded = (tenant: string, { manifest, createdAt }: ModelRecord): Promise<EdgeModel> => {
    const { vision, text } = towerWorkers
    const away = { vision: vision && towersOf(vision, tenant), text: text && towersOf(text, tenant) }
    const open: OpenFile = (file) => store.openFile(tenant, file)
    return serve(tenant, load(`${tenant}/${manifest.id}`, manifest, open, away), createdAt)
  }

  return {
    isShipped: (id) => shipped.has(id) || taken.has(id),
    shipped: (tenant) => Promise.all([...shipped.values()].map((encoder) => serve(tenant, encoder))),
    async list(tenant) {
      const added = (await store.list(tenant)).filter(({ ready }) => ready)
      return Promise.all([
        ...[...shipped.values()].map((encoder) => serve(tenant, encoder)),
        ...added.map((record) => serveAdded(tenant, record)),
      ])
    },
    async find(tenant, id) {
      const encoder = shipped.get(id)
      if (encoder !== undefined) return serve(tenant, encoder)
      const added = await store.find(tenant, id)
      return added?.ready ? serveAdded(tenant, added) : null
    },
  }
}
