/**
 * A refusal that is known before the body was read reaches its client, for a body of any size. An aborted
 * body is a 400.
 */
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { slowClient } from '../support/slow-client.ts'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay
let networks = 1

beforeAll(async () => {
  assay = await startAssay()
})

afterAll(() => assay?.stop())

const withKey = () => ({ authorization: `Bearer ${assay.key.key}` })
const OCTETS = { 'content-type': 'application/octet-stream' }

function formOf(bytes: number): FormData {
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', new Blob([new Uint8Array(bytes)]), 'a.bin')
  return form
}

/** Outcomes of many tries: each status with its count, or the error's message. */
async function outcomes(times: number, send: () => Promise<Response>): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (let time = 0; time < times; time++) {
    const outcome = await send().then(
      async (response) => `${response.status} ${((await response.json()) as { code: string }).code}`,
      (error: Error) => `${error.message}: ${String((error.cause as Error | undefined)?.message)}`,
    )
    found[outcome] = (found[outcome] ?? 0) + 1
  }
  return found
}

describe('fetch reads the refusal of', () => {
  const post = (path: string, body: BodyInit, headers: Record<string, string>) =>
    fetch(new URL(path, assay.url), { method: 'POST', body, headers })
  const sixMegabytes = new Uint8Array(6_000_000)

  test.each<[string, string, () => Promise<Response>]>([
    ['a form without a key', '401 unauthenticated', () => post('/v1/files', formOf(6_000_000), {})],
    [
      'a form with a wrong key',
      '401 unauthenticated',
      () => post('/v1/files', formOf(6_000_000), { authorization: 'Bearer no' }),
    ],
    ['a body to nowhere', '404 not_found', () => post('/v1/nothing', sixMegabytes, { ...OCTETS, ...withKey() })],
    ['a body of another type', '415 unsupported_media_type', () => post('/v1/files', sixMegabytes, { ...OCTETS, ...withKey() })],
    [
      'a body by another method',
      '405 method_not_allowed',
      () => post('/v1/leaderboards', sixMegabytes, { ...OCTETS, ...withKey() }),
    ],
    ['a form that is too large', '413 too_large', () => post('/v1/images', formOf(12_000_000), withKey())],
    ['a file that is too large', '413 too_large', () => post('/v1/files', formOf(51_000_000), withKey())],
    [
      'JSON that is too large',
      '413 too_large',
      () => post('/v1/evals', sixMegabytes, { 'content-type': 'application/json', ...withKey() }),
    ],
    [
      'a compressed body',
      '415 unsupported_media_type',
      () =>
        post('/v1/files', sixMegabytes, {
          ...OCTETS,
          'content-type': 'multipart/form-data; boundary=b',
          'content-encoding': 'gzip',
          ...withKey(),
        }),
    ],
    [
      'a form that is none from its first byte',
      '400 invalid_request',
      () => post('/v1/files', sixMegabytes, { 'content-type': 'multipart/form-data; boundary=b', ...withKey() }),
    ],
    [
      'a body in chunks that is too large',
      '413 too_large',
      () =>
        fetch(new URL('/v1/images', assay.url), {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; boundary=b', ...withKey() },
          body: new Blob([new Uint8Array(12_000_000)]).stream(),
          duplex: 'half',
        } as RequestInit),
    ],
  ])('%s', async (_, expected, send) => {
    expect(await outcomes(20, send)).toEqual({ [expected]: 20 })
  })
})

test('the openai SDK says 413 for a file of 51 MB, and 401 without a right key', async () => {
  const client = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: assay.key.key, maxRetries: 0 })
  const stranger = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: 'no', maxRetries: 0 })
  const file = new File([new Uint8Array(51_000_000)], 'large.jsonl')
  for (let time = 0; time < 5; time++) {
    await expect(client.files.create({ file, purpose: 'evals' })).rejects.toMatchObject({ status: 413 })
    await expect(stranger.files.create({ file, purpose: 'evals' })).rejects.toMatchObject({ status: 401 })
  }
})

describe('a body that breaks off or is badly framed', () => {
  const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
  const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
  const kinds: readonly (readonly [string, string, Record<string, string>])[] = [
    ['score', '/v1/score', FORM],
    ['a small file', '/v1/files', FORM],
    ['JSON', '/v1/evals', { 'content-type': 'application/json' }],
  ]

  test.each(kinds)('%s: a wrong chunk is a 400', async (_, path, type) => {
    const client = await slowClient(assay.url, {
      method: 'POST',
      path,
      headers: { ...type, ...withKey(), 'cf-connecting-ip': `198.51.100.${networks++}` },
      length: 'chunked',
      first: `${head.length.toString(16)}\r\n${head}\r\nzz\r\nnot a chunk\r\n`,
    })
    await expect.poll(() => client.answer()).toContain('HTTP/1.1 400')
    client.close()
  })

  test('none of them is our failure', async () => {
    for (const [, path, type] of [...kinds, ['a large file', '/v1/files', FORM] as const])
      for (const length of ['chunked', 1_000_000, 3_000_000] as const) {
        const client = await slowClient(assay.url, {
          method: 'POST',
          path,
          headers: { ...type, ...withKey() },
          length,
          first: length === 'chunked' ? `${head.length.toString(16)}\r\n${head}\r\n` : head,
        })
        await new Promise((resolve) => setTimeout(resolve, 50))
        client.close()
      }
    // A later request was answered, so the earlier ones have ended.
    for (let time = 0; time < 5; time++) expect((await assay.request('/v1/evals')).status).toBe(200)
    expect(assay.output()).not.toContain('unhandled')
  })
})
