/**
 * Taking a model into the catalogue: everything that can be known without loading it is checked before it is named.
 * @module
 */
import type { ModelRecord, ModelStore } from '../contracts/catalogue-ports.ts'
import type { Encoders } from '../contracts/encoder.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { needOf, overBudget } from '../contracts/memory-budget.ts'
import { type ModelManifest, storedFilesOf } from '../contracts/model-manifest.ts'

export interface ModelSources {
  readonly models: ModelStore
  readonly encoders: Encoders
  /** Which halves of a model may run in a Worker of their own here. */
  readonly towerWorkers: { readonly vision: boolean; readonly text: boolean }
}

/**
 * @throws {Fault} `unprocessable` naming the manifest's member: a file that was not uploaded, a tower that no Worker has room for, a Worker
 *   that this deployment does not have. `conflict` for a taken id.
 */
export async function addModel(sources: ModelSources, tenant: string, manifest: ModelManifest): Promise<ModelRecord> {
  for (const half of ['vision', 'text'] as const)
    if (manifest.placement?.[half] === 'worker' && !sources.towerWorkers[half])
      throw unprocessableField(
        `/manifest/placement/${half}`,
        `this deployment has no ${half} Worker; deploy one as docs/models.md says, and bind it as ${half.toUpperCase()}_TOWER`,
      )
  let tokenizer = manifest.tokenizer.bytes ?? 0
  for (const { file, sha256, bytes } of storedFilesOf(manifest)) {
    const stored = await sources.models.fileBytes(tenant, sha256)
    if (stored === null)
      throw unprocessableField('/manifest', `${file} is not here; upload it first: PUT /v1/models/files/${sha256}`)
    if (bytes !== undefined && stored !== bytes)
      throw unprocessableField('/manifest', `${file} has ${stored} bytes, and the manifest says ${bytes}`)
    if (sha256 === manifest.tokenizer.sha256) tokenizer = stored
  }
  const tooMuch = overBudget(needOf(manifest, tokenizer))
  if (tooMuch.length > 0)
    throw unprocessableField(
      '/manifest',
      `${tooMuch.join('; ')}. docs/models.md says what can be done: split it, or embed its texts beforehand`,
    )
  if ((await sources.encoders.find(tenant, manifest.id)) !== null) {
    const detail = `there is a model ${manifest.id} already; remove it first, or take another id`
    throw new Fault({ kind: 'conflict', detail, pointer: '/manifest/id' })
  }
  return sources.models.put(tenant, manifest)
}
