/**
 * The manifest of a report: what was measured, with what, by which code, and the digests of the recorded rows
 * and of the report. Its canonical JSON (RFC 8785) is signed as a JSON Web Signature (RFC 7515) with Ed25519
 * (RFC 8037).
 * @module
 */
import { z } from 'zod'

const digest = z.string().describe('SHA-256, in hex.')

export const runManifest = z
  .object({
    schema: z.literal('assay.manifest/1'),
    run: z.object({
      id: z.string(),
      eval_id: z.string(),
      status: z.enum(['completed', 'failed']),
      started_at: z.int().describe('Unix seconds.'),
      ended_at: z.int().describe('Unix seconds.'),
    }),
    report_digest: digest,
    spec_digest: digest,
    dataset: z.object({
      name: z.string(),
      digest,
      task: z.string(),
      items: z.int().describe('Items of the dataset version.'),
      selected: z.int().describe('Items that the run selected: the first in hash order.'),
    }),
    model: z.record(z.string(), z.unknown()).describe('Everything about the model that can change a score.'),
    preprocessing_digest: digest
      .nullable()
      .describe('Of the steps from picture to tensor; null where the model receives the stored bytes, or none.'),
    graders: z.array(z.record(z.string(), z.unknown())).describe('Models that judged, by criterion.'),
    scorers: z.array(z.record(z.string(), z.unknown())).describe('The criteria, with all their parameters.'),
    seed: z.int(),
    level: z.number().describe('Confidence level of the intervals.'),
    rows: z
      .object({ count: z.int(), digest: digest.describe('SHA-256 of the recorded rows of the report, in hex.') })
      .describe('The recorded judgements from which the report follows.'),
    code: z.object({
      version: z.string(),
      commit: z.string().nullable().describe('Git commit of the deployed code; null if the build did not know it.'),
    }),
  })
  .meta({ id: 'ManifestBody' })

export type RunManifest = z.infer<typeof runManifest>

/** A manifest as stored. */
export interface StoredManifest {
  readonly tenant: string
  readonly runId: string
  /** Canonical JSON of a {@link RunManifest}. */
  readonly body: string
  readonly signature: Signature | null
}

export interface Signature {
  /** RFC 7638 thumbprint of the public key. */
  readonly keyId: string
  /** JWS in compact serialization. Its payload is the body. */
  readonly jws: string
}

export interface ManifestStore {
  find(tenant: string, runId: string): Promise<StoredManifest | null>
  /** Manifests of the runs with this report: of public runs, and of the reader's tenant. The oldest first. */
  ofReport(tenant: string | null, reportDigest: string, limit: number): Promise<StoredManifest[]>
  /** Adds a missing signature. The first one stays. */
  addSignature(manifest: StoredManifest, signature: Signature): Promise<void>
}

/** A public key in JWK form (RFC 8037), with the times of its use. */
export interface PublicSigningKey {
  readonly keyId: string
  /** `x` of the JWK: 32 bytes in base64url. */
  readonly x: string
  readonly createdAt: number
  /** null: it signs now. */
  readonly retiredAt: number | null
}

/** Keys of this deployment. The private ones are sealed, and never leave the store. */
export interface SigningKeys {
  /**
   * Signs with the key in use, which is made at the first call.
   * @throws {Fault} `unavailable` without the secret that seals the private key
   */
  sign(body: string): Promise<Signature>
  /** Every key whose signatures count, the newest first. */
  list(): Promise<PublicSigningKey[]>
  /**
   * Puts a new key into use. Signatures by the former one still count, unless it is compromised: then they
   * are removed, and made again by the new key when they are next read.
   * @param tenant - of the caller
   * @throws {Fault} `forbidden` unless the tenant owns the deployment's secrets
   */
  rotate(tenant: string, options: { readonly compromised: boolean }): Promise<PublicSigningKey>
}
