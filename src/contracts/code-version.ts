/**
 * The version of this code, for manifests and the document.
 * @module
 */
import manifest from '../../package.json' with { type: 'json' }

/** Set by the build from Git (`scripts/build.ts`). */
declare const ASSAY_COMMIT: string | undefined

export interface CodeVersion {
  readonly version: string
  /** Git commit, with `-dirty` after uncommitted changes; null outside a build from a checkout. */
  readonly commit: string | null
}

export const CODE_VERSION: CodeVersion = {
  version: manifest.version,
  commit: typeof ASSAY_COMMIT === 'string' ? ASSAY_COMMIT : null,
}
