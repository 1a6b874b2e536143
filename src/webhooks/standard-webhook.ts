/**
 * Standard Webhooks 1.0.0 with symmetric secrets, in both directions. The signed content is
 * `{id}.{timestamp}.{payload}`.
 *
 * The `standardwebhooks` package (used in tests for comparison) does not fit. It takes the payload as text,
 * so invalid UTF-8 is verified in another form than received. It reads `1614265330junk` as a timestamp, has
 * its own clock, and supports one secret only.
 *
 * **Replays.** The id is signed and constant over a sender's retries, so it is the replay key. The timestamp
 * is signed too and limits how long a captured delivery can be sent. The key must be stored all the same,
 * since 300 s suffice for a replay.
 * @module
 */
import { toBase64 } from '../contracts/base64.ts'
import { hmac, importHmacKey, verifyHmac } from './hmac.ts'
import { refused, type Verification } from './verification.ts'
import { decodeBase64, parseWebhookSecret } from './webhook-secret.ts'

const TOLERANCE_SECONDS = 300

/** Most signatures checked, which bounds the work for a long header. A rotation needs two. */
const MAX_SIGNATURES = 8

/**
 * No dot: it would let one signed content be read as another id, timestamp and payload ("Signature scheme" in
 * the spec).
 */
const MESSAGE_ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/
const TIMESTAMP = /^\d{1,11}$/

/** Prefixes of the headers: the specification's, and those of its predecessor Svix. */
const FAMILIES = ['webhook', 'svix'] as const

/**
 * Verifies a delivery against any of the trigger's secrets; there are several during a rotation.
 * @param body the bytes as received
 * @param nowSeconds Unix time
 * @throws {RangeError} for an invalid secret; stored secrets were checked when given
 */
export async function verifyStandardWebhook(
  secrets: readonly string[],
  headers: Headers,
  body: Uint8Array,
  nowSeconds: number,
): Promise<Verification> {
  // One family or the other, never a mixture. Messages name the headers as received.
  const family =
    FAMILIES.find((name) => ['id', 'timestamp', 'signature'].some((part) => headers.has(`${name}-${part}`))) ?? 'webhook'
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((part) => headers.get(`${family}-${part}`))
  const missing = (part: string) =>
    refused(
      'missing_header',
      `${family}-${part} is missing: a delivery has ${family}-id, ${family}-timestamp and ${family}-signature`,
    )
  if (!id) return missing('id')
  if (!timestamp) return missing('timestamp')
  if (!signature) return missing('signature')
  if (!MESSAGE_ID.test(id)) return refused('malformed_header', `${family}-id must be 1 to 256 printable characters without a dot`)
  if (!TIMESTAMP.test(timestamp))
    return refused('malformed_header', `${family}-timestamp must be Unix seconds in decimal digits, not milliseconds`)
  const age = nowSeconds - Number(timestamp)
  if (age > TOLERANCE_SECONDS)
    return refused('timestamp_too_old', `${family}-timestamp is more than ${TOLERANCE_SECONDS} s ago; sign each attempt anew`)
  if (age < -TOLERANCE_SECONDS)
    return refused('timestamp_too_new', `${family}-timestamp is more than ${TOLERANCE_SECONDS} s ahead; check the sender's clock`)

  const candidates = symmetricSignatures(signature)
  if (candidates.length === 0)
    return refused('malformed_header', `${family}-signature holds no v1 signature: "v1," and padded base64`)
  const content = signedContent(id, timestamp, body)
  for (const secret of secrets) {
    const key = await importSecret(secret)
    for (const candidate of candidates) {
      if (await verifyHmac(key, candidate, content)) return { ok: true, deliveryId: id, replayKey: `standard:${id}` }
    }
  }
  return refused(
    'signature_mismatch',
    signature.split(' ').length > MAX_SIGNATURES
      ? `none of the first ${MAX_SIGNATURES} signatures of ${family}-signature matches, and more are not read: send fewer`
      : `${family}-signature does not match: the secrets differ, or the body was changed on the way`,
  )
}

/**
 * The headers of a delivery, signed with every given secret, the current one first.
 * @param id of the event, the same at every attempt
 * @param timestampSeconds of this attempt
 * @throws {RangeError} for an id with a dot or an invalid secret
 */
export async function signStandardWebhook(
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  payload: Uint8Array,
): Promise<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  if (!MESSAGE_ID.test(id)) throw new RangeError(`${JSON.stringify(id)} cannot be a webhook id`)
  const timestamp = String(Math.floor(timestampSeconds))
  const content = signedContent(id, timestamp, payload)
  const signatures = await Promise.all(
    secrets.map(async (secret) => `v1,${toBase64(await hmac(await importSecret(secret), content))}`),
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/** The `v1,<base64>` entries of a header. Other versions, such as the asymmetric `v1a`, use other keys. */
function symmetricSignatures(header: string): Uint8Array[] {
  return header
    .split(' ', MAX_SIGNATURES)
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => decodeBase64(entry.slice('v1,'.length)))
    .filter((bytes) => bytes !== undefined)
}

function signedContent(id: string, timestamp: string, payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const content = new Uint8Array(head.length + payload.length)
  content.set(head)
  content.set(payload, head.length)
  return content
}

async function importSecret(secret: string): Promise<CryptoKey> {
  const key = parseWebhookSecret(secret)
  if (key === undefined)
    throw new RangeError('a Standard Webhooks secret is the base64 of 24 to 64 bytes, with or without whsec_ before it')
  return importHmacKey(key)
}
