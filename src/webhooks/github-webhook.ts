/**
 * Incoming webhooks as GitHub signs them ("Validating webhook deliveries", docs.github.com): `X-Hub-Signature-256` is the
 * HMAC-SHA256 of the body and of nothing else.
 *
 * **Replays.** The signature covers neither a time nor `X-GitHub-Delivery`, so whoever once sees a signed body can send it again
 * at any time under a delivery id of his own making. A replay key that contains the id, even beside a digest, would let that
 * pass. The key is therefore the digest of the signed body alone. What it costs: a second, honest delivery whose body is equal to
 * the last byte (a `repository_dispatch` with the same payload) answers with the first one's run; put something that differs, a
 * commit or a counter, into the payload. A redelivery from GitHub's page has the same body and finds its run, as it should.
 *
 * For the same reason `X-GitHub-Event` must not decide anything that matters.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { importHmacKey, verifyHmac } from './hmac.ts'
import { refused, type Verification } from './verification.ts'

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i

/**
 * Verifies a delivery against any of the trigger's secrets, several during a rotation.
 * @param body The bytes as they arrived, never JSON written anew.
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
  return refused(
    'signature_mismatch',
    'X-Hub-Signature-256 does not match the body: the secret is another, or the body was changed',
  )
}

/** Whether `header` is `sha256=<hex HMAC-SHA256 of body under the secret's UTF-8>`, compared in constant time. @internal */
export async function verifyGithubSignature(secret: string, body: Uint8Array, header: string): Promise<boolean> {
  const hex = SIGNATURE.exec(header)?.[1]
  if (hex === undefined) return false
  const signature = Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16))
  return verifyHmac(await importHmacKey(new TextEncoder().encode(secret)), signature, body)
}
