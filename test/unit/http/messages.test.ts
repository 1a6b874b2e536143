/** What refusals say: what is true, and what to do. */
import { beforeEach, describe, expect, test } from 'vitest'
import { checkSplit } from '../../../src/catalogue/import-dataset.ts'
import { within } from '../../../src/catalogue/named-by.ts'
import { advise, Fault, unprocessableField } from '../../../src/contracts/failure.ts'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { idat, ihdr, png, pngChunk } from '../media/build.ts'

const app = createApp()

let services: Services

beforeEach(() => {
  const encoders = [
    { manifest: { id: 'shipped', released: '2026-11-24', task: 'image_text_embedding' }, identity: async () => ({}) },
    { manifest: { id: 'added', task: 'image_text_embedding' }, createdAt: 1_790_000_000_500, identity: async () => ({}) },
  ]
  services = {
    explain: async (thrown: unknown) => thrown,
    admit: (_bytes: number, task: () => unknown) => task(),
    failedAttempts: { refused: () => false, count: async () => true },
    limits: { visitorRead: async () => true, key: async () => true },
    keys: { authenticate: async () => ({ tenant: 't', keyId: 'k', role: 'member' }) },
    encoders: { list: async () => encoders },
  } as unknown as Services
})

const headers = { authorization: 'Bearer k' }
const get = (path: string) => app.request(path, { headers }, { services })
const post = (path: string, body: BodyInit, type: string) =>
  app.request(
    path,
    { method: 'POST', headers: { ...headers, 'content-type': type, 'content-length': '60000000' }, body },
    { services },
  )

function detailOf(refuse: () => unknown): string {
  try {
    refuse()
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a path that is none', () => {
  test.each(['/v1', '/v1/', '/v1/embeddings', '/v1/responses', '/hooks'])(
    '%s is a 404 in JSON that says where to look',
    async (path) => {
      const answer = await get(path)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
      expect(await answer.json()).toMatchObject({
        detail: `there is no route ${path}; GET /openapi.json lists those that there are`,
      })
    },
  )

  test('has the member that OpenAI’s SDKs show, under /v1', async () => {
    expect(await (await get('/v1/responses')).json()).toMatchObject({
      error: { message: expect.stringContaining('no route') as string },
    })
  })
})

test('models say when they were made, or added', async () => {
  const { data } = (await (await get('/v1/models')).json()) as { data: { created: number }[] }
  expect(data.map(({ created }) => created)).toEqual([Date.parse('2026-11-24') / 1000, 1_790_000_000])
})

describe('a split', () => {
  test('that is absent is missing', () => {
    expect(detailOf(() => checkSplit('karpathy', 'required', undefined, 'split'))).toBe(
      'split: is missing: format karpathy needs it, e.g. test',
    )
  })

  test.each(['', 'x'.repeat(129)])('of a wrong length says which is right', (split) => {
    expect(detailOf(() => checkSplit('karpathy', 'required', split, 'split'))).toMatch(/must be 1–128 characters/)
  })
})

describe('too large', () => {
  test.each<[string, string, RegExp]>([
    ['/v1/files', 'multipart/form-data; boundary=x', /in parts: POST \/v1\/uploads/],
    ['/v1/datasets', 'multipart/form-data; boundary=x', /pictures: make them smaller.*by POST \/v1\/uploads/],
    ['/v1/images', 'multipart/form-data; boundary=x', /make the picture smaller/],
  ])('%s says what to do instead', async (path, type, remedy) => {
    const answer = await post(path, '--x--', type)
    const { status, detail, limit } = (await answer.json()) as { status: number; detail: string; limit: number }
    expect([status, limit > 0]).toEqual([413, true])
    expect(detail).toMatch(remedy)
  })

  test('a photograph of a phone says how to make it smaller', () => {
    const header = png(ihdr(4032, 3024), idat(new Uint8Array(10)), pngChunk('IEND'))
    expect(detailOf(() => readImageHeader(header))).toMatch(
      /limit is 4194304 pixels, this has 12192768; make it smaller first, e\.g\. magick .*2048x2048/,
    )
  })

  test('keeps the advice of those who know best', async () => {
    const known = new Fault({ kind: 'too_large', what: 'a', limit: 1, unit: 'bytes', remedy: 'cut it' })
    await expect(advise('burn it', () => Promise.reject(known))).rejects.toBe(known)
    const other = new Fault({ kind: 'forbidden', detail: 'no' })
    await expect(advise('burn it', () => Promise.reject(other))).rejects.toBe(other)
  })
})

test('a sentence about a part of a body names the field where it is in the whole', async () => {
  const refusal = within('/run', () => {
    throw unprocessableField('/data_source/dataset', 'is gone')
  })
  await expect(refusal).rejects.toThrow('/run/data_source/dataset: is gone')
})
