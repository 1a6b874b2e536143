/**
 * Makes the manifest of a report, and signs it.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import { CODE_VERSION } from '../contracts/code-version.ts'
import type { ManifestStore, RunManifest, Signature, SigningKeys, StoredManifest } from '../contracts/manifest.ts'
import type { RunRecord } from '../contracts/run.ts'
import type { AggregatedRun } from './aggregate-run.ts'

/** @param endedAt - Unix milliseconds */
export function manifestOf(
  run: Pick<RunRecord, 'id' | 'evalId' | 'createdAt' | 'spec' | 'specDigest'>,
  { version, digest, rows }: Pick<AggregatedRun, 'version' | 'digest' | 'rows'>,
  status: 'completed' | 'failed',
  endedAt: number,
): RunManifest {
  const { dataset, selection, subject, graders, criteria, seed, level } = run.spec
  return {
    schema: 'assay.manifest/1',
    run: {
      id: run.id,
      eval_id: run.evalId,
      status,
      started_at: seconds(run.createdAt),
      ended_at: seconds(endedAt),
    },
    report_digest: digest,
    spec_digest: run.specDigest,
    dataset: { name: version.name, ...dataset, selected: selection.count },
    model: { ...subject },
    preprocessing_digest: 'preprocessing_digest' in subject ? subject.preprocessing_digest : null,
    graders: (graders ?? []).map((grader) => ({ ...grader })),
    scorers: criteria.map((criterion) => ({ ...criterion })),
    seed,
    level,
    rows,
    code: { ...CODE_VERSION },
  }
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000)

/**
 * The manifest's canonical JSON with its signature. A deployment that cannot sign now still publishes: the
 * signature is null, and {@link signedManifest} adds it later.
 */
export async function sealManifest(
  keys: Pick<SigningKeys, 'sign'>,
  manifest: RunManifest,
): Promise<{ body: string; signature: Signature | null }> {
  const body = canonicalJson(manifest)
  return { body, signature: await signOrNull(keys, body) }
}

/** The same manifest, signed if that is possible. */
export async function signedManifest(
  dependencies: { readonly signingKeys: Pick<SigningKeys, 'sign'>; readonly manifests: Pick<ManifestStore, 'addSignature'> },
  manifest: StoredManifest,
): Promise<StoredManifest> {
  if (manifest.signature !== null) return manifest
  const signature = await signOrNull(dependencies.signingKeys, manifest.body)
  if (signature === null) return manifest
  await dependencies.manifests.addSignature(manifest, signature)
  return { ...manifest, signature }
}

async function signOrNull(keys: Pick<SigningKeys, 'sign'>, body: string): Promise<Signature | null> {
  try {
    return await keys.sign(body)
  } catch (error) {
    console.error({ message: 'a manifest stays without a signature', error: String(error) })
    return null
  }
}
