/**
 * Incoming webhooks signed as by GitHub ("Validating webhook deliveries", docs.github.com).
 * `X-Hub-Signature-256` is the HMAC-SHA256 of the body alone.
 *
 * **Replays.** The signature covers neither a time nor `X-GitHub-Delivery`. So a captured body can be sent
 * again at any time, under any delivery id, and a replay key must not contain that id. The key is therefore
 * the digest of the signed body alone. Cost: a second genuine delivery with an identical body (a
 * `repository_dispatch` with the same payload) gets the first one's run. Put something unique, such as a
 * commit or a counter, into the payload. A redelivery from GitHub's page has the same body and finds its run,
 * as intended.
 *
 * For the same reason `X-GitHub-Event` must not decide anything important.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { importHmacKey, verifyHmac } from './hmac.ts'
import { refused, type Verification } from './verification.ts'

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i

/**
 * Verifies a delivery against any of the trigger's secrets; there are several during a rotation.
 * @param body the bytes as received, never re-encoded JSON
 */
export async function verifyGithubWebhook(secrets: readonly string[], headers: Headers, body: Uint8Array): Promise<Verification> {
  const signature = headers.get('x-hub-signature-256')
  if (signature === null)
    return refused('missing_header', 'X-Hub-Signature-256 is missing: set a secret in the webhook’s settings')
  if (!SIGNATURE.test(signature)) return refused('malformed_header', 'X-Hub-Signature-256 must be sha256= and 64 hex digits')
  for (const secret of secrets) {
    if (await verifyGithubSignature(secret, body, signature)) {
      return { ok: true, deliveryId: headers.get('x-github-delivery'), replayKey: `github:${await sha256Hex(body)}` }
    }
  }
  return refused('signature_mismatch', 'X-Hub-Signature-256 does not match the body: the secrets differ, or the body was changed')
}

/**
 * Whether `header` is `sha256=<hex HMAC-SHA256 of body under the secret's UTF-8>`, compared in constant time.
 * @internal
 */
export async function verifyGithubSignature(secret: string, body: Uint8Array, header: string): Promise<boolean> {
  const hex = SIGNATURE.exec(header)?.[1]
  if (hex === undefined) return false
  const signature = Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16))
  return verifyHmac(await importHmacKey(new TextEncoder().encode(secret)), signature, body)
}
