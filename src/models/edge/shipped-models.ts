/**
 * The models that ship with a deployment. Their files are static assets, loaded on first use: bundled modules
 * would stay in every isolate's memory (docs/decisions/2026-11-29-model-files-as-assets.md).
 *
 * A new model is a folder in `models/`, a manifest in this list, and a link to each file in `public/models/`.
 * @module
 */
import assayClip from '../../../models/assay-clip/manifest.json'
import assayPhoto from '../../../models/assay-photo/manifest.json'
import { Fault } from '../../contracts/failure.ts'
import type { OpenFile } from './stored-model.ts'

/** In list order; the first is the default. */
export const SHIPPED_MANIFESTS: readonly unknown[] = [assayClip, assayPhoto]

/** Server of the static assets: a binding, or a function in tests. */
export interface Assets {
  fetch(address: string): Promise<Response>
}

/** Opens the files of one shipped model. @throws {Fault} `unavailable` if the deployment lacks one */
export function shippedFiles(assets: () => Assets, id: string): OpenFile {
  return async ({ file }) => {
    const path = `/models/${id}/${file}`
    // The host is irrelevant: a binding leads to one set of assets.
    const response = await assets().fetch(`https://assets${path}`)
    if (response.ok && response.body !== null) return response.body
    await response.body?.cancel()
    const detail = `this deployment lacks ${path} (status ${response.status}); deploy it with its static assets`
    throw new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 60 })
  }
}
