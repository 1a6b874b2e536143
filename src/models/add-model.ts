/**
 * Adds a model to the catalogue. Everything that can be known without loading it is checked before it is
 * named. It serves only when all its files are stored.
 * @module
 */
import type { ModelRecord, ModelStore } from '../contracts/catalogue-ports.ts'
import type { EdgeModels } from '../contracts/edge-model.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { memoryDemandOf, overBudget } from '../contracts/memory-budget.ts'
import { type ModelManifest, storedFilesOf } from '../contracts/model-manifest.ts'

export interface ModelSources {
  readonly models: ModelStore
  readonly edgeModels: EdgeModels
  /** The halves of a model that may run in a separate Worker here. */
  readonly towerWorkers: { readonly vision: boolean; readonly text: boolean }
}

/**
 * Names a model. Its files follow by {@link takeModelFile}.
 * @throws {Fault} `unprocessable`, naming the manifest's member, for a tower too large for any Worker and for
 *   a Worker that this deployment lacks; `conflict` for a taken id
 */
export async function nameModel(sources: ModelSources, tenant: string, manifest: ModelManifest): Promise<ModelRecord> {
  for (const half of ['vision', 'text'] as const)
    if (manifest.placement?.[half] === 'worker' && !sources.towerWorkers[half])
      throw unprocessableField(
        `/manifest/placement/${half}`,
        `this deployment has no ${half} Worker; deploy one as docs/models.md says, and bind it as ${half.toUpperCase()}_TOWER`,
      )
  const { bytes: tokenizer } = manifest.tokenizer
  if (tokenizer === undefined) throw unprocessableField('/manifest/tokenizer/bytes', 'must say how long the file is')
  const tooMuch = overBudget(memoryDemandOf(manifest, tokenizer))
  if (tooMuch.length > 0)
    throw unprocessableField(
      '/manifest',
      `${tooMuch.join('; ')}. docs/models.md says what can be done: split it, or embed its texts beforehand`,
    )
  if (sources.edgeModels.isShipped(manifest.id)) {
    const detail = `model ${manifest.id} ships with this deployment; take another id`
    throw new Fault({ kind: 'conflict', detail, pointer: '/manifest/id' })
  }
  return sources.models.put(tenant, manifest)
}

/**
 * Stores one file of a named model. The last one makes the model serve.
 * @throws {Fault} `not_found` for an unnamed model or digest, `unprocessable` for another length or digest
 */
export async function takeModelFile(
  { models }: ModelSources,
  tenant: string,
  id: string,
  sha256: string,
  content: { readonly bytes: number; readonly body: ReadableStream<Uint8Array> },
): Promise<ModelRecord> {
  const record = await models.find(tenant, id)
  if (record === null) throw new Fault({ kind: 'not_found', resource: 'added model', id })
  const named = storedFilesOf(record.manifest).find((file) => file.sha256 === sha256)
  if (named === undefined) throw new Fault({ kind: 'not_found', resource: `file of model ${id}`, id: sha256 })
  if (named.bytes !== content.bytes)
    throw unprocessableField('', `${named.file} has ${named.bytes} bytes by its manifest, this has ${content.bytes}`)
  return { ...record, ready: await models.putFile(tenant, record.manifest, sha256, content) }
}
