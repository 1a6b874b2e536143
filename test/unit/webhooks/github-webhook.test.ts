import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifyGithubSignature, verifyGithubWebhook } from '../../../src/webhooks/github-webhook.ts'

// The example of docs.github.com, "Validating webhook deliveries".
const SECRET = "It's a Secret to Everybody"
const BODY = new TextEncoder().encode('Hello, World!')
const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
const ID = '72d3162e-cc78-11e3-81ab-4c9367dc0958'

function headers(changes: Record<string, string | undefined> = {}) {
  const all = { 'X-Hub-Signature-256': SIGNATURE, 'X-GitHub-Delivery': ID, ...changes }
  return new Headers(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

test("GitHub's documented example verifies", async () => {
  expect(await verifyGithubSignature(SECRET, BODY, SIGNATURE)).toBe(true)
  expect(await verifyGithubWebhook([SECRET], headers(), BODY)).toMatchObject({ ok: true, deliveryId: ID })
})

test('with either secret during a rotation', async () => {
  expect((await verifyGithubWebhook(['new secret', SECRET], headers(), BODY)).ok).toBe(true)
})

describe('refused:', () => {
  test.each([
    ['no signature', { 'X-Hub-Signature-256': undefined }, 'missing_header'],
    ['the old SHA-1 header alone', { 'X-Hub-Signature-256': undefined, 'X-Hub-Signature': 'sha1=00' }, 'missing_header'],
    ['SHA-1 under the new name', { 'X-Hub-Signature-256': `sha1=${'0'.repeat(40)}` }, 'malformed_header'],
    ['a short signature', { 'X-Hub-Signature-256': SIGNATURE.slice(0, -2) }, 'malformed_header'],
    ['a long signature', { 'X-Hub-Signature-256': `${SIGNATURE}00` }, 'malformed_header'],
    ['no prefix', { 'X-Hub-Signature-256': SIGNATURE.slice(7) }, 'malformed_header'],
    ['another signature', { 'X-Hub-Signature-256': `${SIGNATURE.slice(0, -1)}8` }, 'signature_mismatch'],
  ])('%s', async (_, changes, reason) => {
    expect(await verifyGithubWebhook([SECRET], headers(changes), BODY)).toMatchObject({ ok: false, reason })
  })

  test('another body, another secret, no secret', async () => {
    const mismatch = { ok: false, reason: 'signature_mismatch' }
    expect(await verifyGithubWebhook([SECRET], headers(), new TextEncoder().encode('Hello, World?'))).toMatchObject(mismatch)
    expect(await verifyGithubWebhook(['guess'], headers(), BODY)).toMatchObject(mismatch)
    expect(await verifyGithubWebhook([], headers(), BODY)).toMatchObject(mismatch)
  })

  test('an empty secret is a mistake, not a key', async () => {
    await expect(verifyGithubWebhook([''], headers(), BODY)).rejects.toThrow('must not be empty')
  })
})

describe('the replay key', () => {
  async function keyOf(changes: Record<string, string | undefined>, body = BODY, signature = SIGNATURE) {
    const verdict = await verifyGithubWebhook([SECRET], headers({ 'X-Hub-Signature-256': signature, ...changes }), body)
    return verdict.ok ? verdict.replayKey : verdict.reason
  }

  test('does not depend on what an attacker can change: the delivery id and event are not signed', async () => {
    const key = await keyOf({})
    expect(key).toMatch(/^github:[0-9a-f]{64}$/)
    expect(await keyOf({ 'X-GitHub-Delivery': 'another' })).toBe(key)
    expect(await keyOf({ 'X-GitHub-Delivery': undefined })).toBe(key)
    expect(await keyOf({ 'X-GitHub-Event': 'ping' })).toBe(key)
    expect(
      await keyOf(
        {},
        BODY,
        SIGNATURE.replace(/[a-f]/g, (digit) => digit.toUpperCase()),
      ),
    ).toBe(key)
  })

  test('differs for another signed body', async () => {
    const body = new TextEncoder().encode('Hello again, World!')
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
    const other = await keyOf({}, body, signature)
    expect(other).toMatch(/^github:/)
    expect(other).not.toBe(await keyOf({}))
  })
})
