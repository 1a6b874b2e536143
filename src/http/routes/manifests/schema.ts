/**
 * Wire shapes of signed manifests and of the keys that sign them.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { runManifest } from '../../../contracts/manifest.ts'
import { createdAt } from '../../../contracts/wire/common.ts'

export const manifestObject = z
  .object({
    object: z.literal('eval.run.manifest'),
    run_id: z.string(),
    manifest: runManifest,
    signature: z
      .string()
      .nullable()
      .describe(
        'JWS in compact serialization (RFC 7515), signed with Ed25519 (`EdDSA`, RFC 8037). Its payload is the canonical JSON ' +
          '(RFC 8785) of `manifest`. Null if this deployment cannot sign, see `SECRETS_KEY` in docs/manifests.md.',
      ),
    key_id: z.string().nullable().describe('`kid` of the key, one of `/v1/signing_keys`.'),
  })
  .openapi('Manifest')

export const manifestList = z.object({ object: z.literal('list'), data: z.array(manifestObject) }).openapi('ManifestList')

export const signingKey = z
  .object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    alg: z.literal('EdDSA'),
    use: z.literal('sig'),
    kid: z.string().describe('RFC 7638 thumbprint of this key.'),
    x: z.string().describe('The public key, base64url.'),
    created_at: createdAt,
    retired_at: z.int().nullable().describe('Unix seconds; null for the key that signs now.'),
  })
  .openapi('SigningKey')

export const signingKeySet = z
  .object({ keys: z.array(signingKey) })
  .describe('A JSON Web Key Set (RFC 7517).')
  .openapi('SigningKeySet')

export const rotation = z
  .strictObject({
    compromised: z
      .boolean()
      .default(false)
      .describe('The former key leaves the list. Signatures by it no longer verify; manifests are signed again.'),
  })
  .openapi('SigningKeyRotation')

export type ManifestObject = z.infer<typeof manifestObject>
export type SigningKeyObject = z.infer<typeof signingKey>
