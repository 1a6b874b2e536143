/**
 * A manifest, checked before use.
 * @module
 */
import { modelManifest, type ModelManifest } from '../../contracts/model-manifest.ts'

/** @throws {Error} naming the wrong members of the manifest */
export function readManifest(manifest: unknown): ModelManifest {
  const parsed = modelManifest.safeParse(manifest)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => `/${issue.path.join('/')}: ${issue.message}`)
  throw new Error(`model manifest: ${wrong.join('; ')}`)
}
