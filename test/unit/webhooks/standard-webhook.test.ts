import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { signStandardWebhook, verifyStandardWebhook } from '../../../src/webhooks/standard-webhook.ts'
import { createWebhookSecret, parseWebhookSecret } from '../../../src/webhooks/webhook-secret.ts'

// The vector of the reference libraries (standard-webhooks/standard-webhooks, "sign function works").
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const TIME = 1614265330
const BODY = encode('{"test": 2432232314}')
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const OTHER_SECRET = createWebhookSecret()

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function headers(changes: Record<string, string | undefined> = {}) {
  const all = { 'webhook-id': ID, 'webhook-timestamp': String(TIME), 'webhook-signature': SIGNATURE, ...changes }
  return new Headers(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

async function verdict(
  changes: Record<string, string | undefined>,
  now = TIME,
  body = BODY,
  secrets: readonly string[] = [SECRET],
) {
  const result = await verifyStandardWebhook(secrets, headers(changes), body, now)
  return result.ok ? 'ok' : result.reason
}

test("the reference libraries' vector, both ways", async () => {
  expect(await signStandardWebhook([SECRET], ID, TIME, BODY)).toEqual(Object.fromEntries(headers()))
  expect(await verifyStandardWebhook([SECRET], headers(), BODY, TIME)).toEqual({
    ok: true,
    deliveryId: ID,
    replayKey: `standard:${ID}`,
  })
})

test('the reference library signs and verifies the same', async () => {
  const now = Math.floor(Date.now() / 1000)
  const signed = await signStandardWebhook([OTHER_SECRET], 'evt_1', now, encode('{"a":"é"}'))
  expect(new Webhook(OTHER_SECRET).verify('{"a":"é"}', signed)).toEqual({ a: 'é' })
  const theirs = { ...signed, 'webhook-signature': new Webhook(OTHER_SECRET).sign('evt_1', new Date(now * 1000), '{"a":"é"}') }
  expect(theirs).toEqual(signed)
})

describe("Svix's names of the headers", () => {
  const svix = {
    'webhook-id': undefined,
    'webhook-timestamp': undefined,
    'webhook-signature': undefined,
    'svix-id': ID,
    'svix-timestamp': String(TIME),
    'svix-signature': SIGNATURE,
  }

  test('are taken, and a repeat under the other names is the same delivery', async () => {
    expect(await verifyStandardWebhook([SECRET], headers(svix), BODY, TIME)).toEqual({
      ok: true,
      deliveryId: ID,
      replayKey: `standard:${ID}`,
    })
  })

  test('are judged as strictly, and named in what is wrong', async () => {
    const detail = async (changes: Record<string, string | undefined>) => {
      const found = await verifyStandardWebhook([SECRET], headers({ ...svix, ...changes }), BODY, TIME)
      return found.ok ? 'ok' : found.detail
    }
    expect(await detail({ 'svix-id': undefined })).toMatch(/svix-id is missing/)
    expect(await detail({ 'svix-timestamp': '1' })).toMatch(/svix-timestamp is more than 300 s ago/)
    const other = `v1,${btoa('x'.repeat(32))}`
    expect(await detail({ 'svix-signature': other })).toMatch(/svix-signature does not match/)
    const nine = [...Array.from({ length: 8 }, () => other), svix['svix-signature']].join(' ')
    expect(await detail({ 'svix-signature': nine })).toMatch(/none of the first 8 signatures .* more are not read/)
    // Never a mixture of the two families.
    expect(await detail({ 'webhook-id': ID })).toMatch(/webhook-timestamp is missing/)
  })
})

describe('rotation', () => {
  test('the receiver may know several secrets', async () => {
    expect(await verdict({}, TIME, BODY, [OTHER_SECRET, SECRET])).toBe('ok')
    expect(await verdict({}, TIME, BODY, [OTHER_SECRET])).toBe('signature_mismatch')
  })

  test('the sender may sign with several', async () => {
    const signed = await signStandardWebhook([OTHER_SECRET, SECRET], ID, TIME, BODY)
    expect(signed['webhook-signature'].split(' ')).toHaveLength(2)
    for (const secret of [SECRET, OTHER_SECRET]) {
      expect(await verifyStandardWebhook([secret], new Headers(signed), BODY, TIME)).toMatchObject({ ok: true })
    }
  })
})

describe('time', () => {
  test.each([
    [300, 'ok'],
    [301, 'timestamp_too_old'],
    [-300, 'ok'],
    [-301, 'timestamp_too_new'],
  ])('%i s after the timestamp: %s', async (age, expected) => expect(await verdict({}, TIME + age)).toBe(expected))
})

describe('headers', () => {
  const v1a = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=='
  test.each([
    [{ 'webhook-signature': `${v1a} ${SIGNATURE}` }, 'ok'],
    [{ 'webhook-signature': `v1,???? v1, ${SIGNATURE}` }, 'ok'],
    [{ 'webhook-id': undefined }, 'missing_header'],
    [{ 'webhook-timestamp': undefined }, 'missing_header'],
    [{ 'webhook-signature': undefined }, 'missing_header'],
    [{ 'webhook-id': 'a.b' }, 'malformed_header'],
    [{ 'webhook-id': 'x'.repeat(257) }, 'malformed_header'],
    [{ 'webhook-timestamp': `${TIME}junk` }, 'malformed_header'],
    [{ 'webhook-timestamp': '-1' }, 'malformed_header'],
    [{ 'webhook-timestamp': '1614265330.5' }, 'malformed_header'],
    [{ 'webhook-signature': v1a }, 'malformed_header'],
    [{ 'webhook-signature': SIGNATURE.slice(3) }, 'malformed_header'],
    [{ 'webhook-signature': 'v1,AAAA' }, 'signature_mismatch'],
    [{ 'webhook-signature': `${'v1,AAAA '.repeat(8)}${SIGNATURE}` }, 'signature_mismatch'],
    [{ 'webhook-id': 'msg_other' }, 'signature_mismatch'],
    [{ 'webhook-timestamp': String(TIME + 1) }, 'signature_mismatch'],
    [{ 'webhook-timestamp': `0${TIME}` }, 'signature_mismatch'],
  ])('%j: %s', async (changes, expected) => expect(await verdict(changes)).toBe(expected))
})

test('a changed body is refused, also where text decoding would hide the change', async () => {
  const body = Uint8Array.of(0x22, 0xff, 0x22)
  const signed = new Headers(await signStandardWebhook([SECRET], ID, TIME, body))
  expect(await verifyStandardWebhook([SECRET], signed, body, TIME)).toMatchObject({ ok: true })
  expect(await verifyStandardWebhook([SECRET], signed, Uint8Array.of(0x22, 0xfe, 0x22), TIME)).toMatchObject({ ok: false })
})

test('a retry has another timestamp and the same replay key', async () => {
  const keys = await Promise.all(
    [TIME, TIME + 5].map(async (time) => {
      const signed = new Headers(await signStandardWebhook([SECRET], ID, time, BODY))
      const result = await verifyStandardWebhook([SECRET], signed, BODY, TIME + 5)
      return result.ok && result.replayKey
    }),
  )
  expect(keys).toEqual([`standard:${ID}`, `standard:${ID}`])
})

test('an id with a dot cannot be signed', async () => {
  await expect(signStandardWebhook([SECRET], 'a.b', TIME, BODY)).rejects.toThrow(RangeError)
})

describe('secrets', () => {
  test('new ones are 32 random bytes', () => {
    expect(parseWebhookSecret(createWebhookSecret())).toHaveLength(32)
    expect(createWebhookSecret()).not.toBe(createWebhookSecret())
  })

  test.each([
    ['', undefined],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 24],
    [btoa('x'.repeat(32)), 32],
    [btoa('x'.repeat(32)).replace('=', ''), 32],
    [`whsec_${btoa('x'.repeat(25)).replaceAll('=', '')}`, 25],
    [`whsec_${btoa('x'.repeat(25)).replace('==', '=')}`, 25],
    [`  whsec_${btoa('x'.repeat(32))}\n`, 32],
    [`whsec_${btoa('x'.repeat(32))}===`, undefined],
    [`v1,whsec_${btoa('x'.repeat(32))}`, undefined],
    ['my-plain-secret-of-32-characters', undefined],
    ['whsec_', undefined],
    ['whsec_not base64', undefined],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS', undefined],
    [`whsec_${btoa('x'.repeat(23))}`, undefined],
    [`whsec_${btoa('x'.repeat(24))}`, 24],
    [`whsec_${btoa('x'.repeat(64))}`, 64],
    [`whsec_${btoa('x'.repeat(65))}`, undefined],
  ])('%s', (secret, length) => expect(parseWebhookSecret(secret)?.length).toBe(length))

  test('an invalid one is a programming error', async () => {
    await expect(verifyStandardWebhook(['whsec_x'], headers(), BODY, TIME)).rejects.toThrow(RangeError)
  })
})
