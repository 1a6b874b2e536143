/** Messages of refusals: the fault and the remedy. */
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import assayClip from '../../../models/assay-clip/manifest.json' with { type: 'json' }
import { checkSplit } from '../../../src/imports/check-split.ts'
import { at } from '../../../src/contracts/failure-pointer.ts'
import { advise, Fault, unprocessableField } from '../../../src/contracts/failure.ts'
import type { Services } from '../../../src/http/app-context.ts'
import { evalCreate } from '../../../src/http/routes/evals/schema.ts'
import { runCreate } from '../../../src/http/routes/runs/run-create.ts'
import { importCreate } from '../../../src/http/routes/datasets/schema.ts'
import { uploadComplete, uploadCreate } from '../../../src/http/routes/uploads/schema.ts'
import { endpointCreate } from '../../../src/http/routes/endpoints/schema.ts'
import { modelCreate } from '../../../src/http/routes/models/schema.ts'
import { triggerCreate } from '../../../src/http/routes/triggers/schema.ts'
import { scoreRequest } from '../../../src/http/routes/score/schema.ts'
import { keyCreate } from '../../../src/http/routes/keys/schema.ts'
import { webhookEndpointCreate } from '../../../src/http/routes/webhook-endpoints/schema.ts'
import { createApp } from '../../../src/http/app.ts'
import { check } from '../../../src/http/check.ts'
import { parseJson } from '../../../src/http/body/parse-json.ts'
import { openApiDocument } from '../../support/openapi-document.ts'
import { type Json, ODD, type Schema, valuesOf } from '../../support/schema-values.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { idat, ihdr, png, pngChunk } from '../media/build.ts'

const app = createApp()

let services: Services

beforeEach(() => {
  const models = [
    { manifest: { id: 'shipped', released: '2026-11-24', task: 'image_text_embedding' }, identity: {} },
    { manifest: { id: 'added', task: 'image_text_embedding' }, createdAt: 1_790_000_000_500, identity: {} },
  ]
  services = {
    explain: async (thrown: unknown) => thrown,
    admit: (_bytes: number, task: () => unknown) => task(),
    failedAttempts: { refused: () => false, count: async () => true },
    limits: { visitorRead: async () => true, key: async () => true },
    keys: { authenticate: async () => ({ tenant: 't', keyId: 'k', role: 'member' }) },
    edgeModels: { list: async () => models },
    answeringModels: { list: async () => [] },
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

describe('a body that is spoiled anywhere', () => {
  const { components } = openApiDocument()
  const refer = (reference: string) => (components.schemas as Record<string, Schema>)[reference.split('/').at(-1)!]!

  /** One place of a value replaced or removed. */
  function spoil(value: Json, draw: () => number): Json {
    if (typeof value !== 'object' || value === null || draw() < 0.2) return ODD[Math.floor(draw() * ODD.length)]!
    const names = Object.keys(value)
    if (names.length === 0) return { a: 1 }
    const name = names[Math.floor(draw() * names.length)]!
    const copy: Record<string, Json> = { ...(value as object) }
    if (draw() < 0.2) delete copy[name]
    else copy[name] = spoil(copy[name]!, draw)
    return Array.isArray(value) ? Object.values(copy) : copy
  }

  test.each<[string, z.ZodType]>([
    ['EvalCreate', evalCreate],
    ['RunCreate', runCreate],
    ['ScoreRequest', scoreRequest],
    ['ModelCreate', modelCreate],
    ['EndpointCreate', endpointCreate],
    ['WebhookEndpointCreate', webhookEndpointCreate],
    ['TriggerCreate', triggerCreate],
    ['KeyCreate', keyCreate],
    ['UploadCreate', uploadCreate],
    ['UploadComplete', uploadComplete],
    ['DatasetImportCreate', importCreate],
  ])('%s is refused in our words, not in the library’s', (name, schema) => {
    let state = 12_345
    const draw = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
    const details = new Set<string>()
    for (const value of fc.sample(valuesOf(refer(`/${name}`), refer), { seed: 7, numRuns: 60 }))
      try {
        check(schema, spoil(value, draw))
      } catch (error) {
        for (const { detail } of (error as { failure: { errors: { detail: string }[] } }).failure.errors) details.add(detail)
      }
    expect(details.size).toBeGreaterThan(0)
    expect([...details].filter((detail) => /^[A-Z]/.test(detail))).toEqual([])
  })
})

test.each([
  ['released', '2026-02-30', /a day that there is, as YYYY-MM-DD/],
  ['id', 'Not an id', /must match \/\^\[a-z0-9\]/],
])('a manifest with %s %s is told what is right', (member, value, detail) => {
  expect(detailOf(() => check(modelCreate, { manifest: { ...assayClip, [member]: value } }))).toMatch(detail)
})

test('a number that JSON.parse makes infinite is refused with its place', () => {
  for (const number of ['1e309', '-1e400', `1${'0'.repeat(400)}`])
    expect(detailOf(() => parseJson(new TextEncoder().encode(`{"item":{"a":${number}}}`)))).toMatch(
      /^\/item\/a: is beyond the range of a number/,
    )
})

test('a body of other bytes is told that it is not UTF-8', () => {
  expect(detailOf(() => parseJson(Uint8Array.of(0x22, 0xe9, 0x22)))).toBe('the body is not UTF-8')
  expect(detailOf(() => parseJson(new TextEncoder().encode('[NaN]')))).toMatch(/^the body is not JSON: .* JSON has no NaN/)
})

test('blanks before a key are not a fault of the key', async () => {
  const init = { method: 'POST', headers: { authorization: 'Bearer   k' }, body: '{}' }
  expect((await app.request('/v1/evals', init, { services })).status).toBe(415)
})

test('a body without a content type is told so', async () => {
  const answer = await post('/v1/evals', '{}', '')
  expect(answer.status).toBe(415)
  expect(await answer.json()).toMatchObject({ detail: 'the body must be application/json, and has no content type' })
})

describe('a path that is none', () => {
  test.each(['/v1', '/v1/', '/v1/rerank', '/v1/responses', '/hooks'])(
    '%s is a 404 in JSON that says where to look',
    async (path) => {
      const answer = await get(path)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
      expect(await answer.json()).toMatchObject({
        detail: `there is no route ${path}; GET /openapi.json lists the existing ones`,
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
    [
      '/v1/datasets',
      'multipart/form-data; boundary=x',
      /tar -cf pictures\.tar FOLDER, then POST \/v1\/uploads.*"images": \[\{"file_id": "file-…"\}\]/,
    ],
    ['/v1/images', 'multipart/form-data; boundary=x', /a picture may have 8 MiB: make it smaller first, e\.g\. magick /],
    ['/v1/score', 'multipart/form-data; boundary=x', /a picture may have 8 MiB: make it smaller first, e\.g\. magick /],
    ['/v1/evals', 'application/json', /store pictures by POST \/v1\/images and send their ids \(img_…\).*POST \/v1\/files/],
  ])('%s says what to do instead', async (path, type, remedy) => {
    const answer = await post(path, '--x--', type)
    const { status, detail, limit } = (await answer.json()) as { status: number; detail: string; limit: number }
    expect([status, limit > 0]).toEqual([413, true])
    expect(detail).toMatch(remedy)
  })

  test('an interlaced picture as large as a phone’s says how to make it smaller', () => {
    const header = png(ihdr(4032, 3024, 8, 2, 1), idat(new Uint8Array(10)), pngChunk('IEND'))
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

test('a sentence about a part of a body names the field where it is in the whole', () => {
  const judge = () =>
    at('/run', () => {
      throw unprocessableField('/data_source/dataset', 'is gone')
    })
  expect(judge).toThrow('/run/data_source/dataset: is gone')
})

test('the message for a missing vector names its text', async () => {
  const detail = 'text_model.onnx gives a text_embeds of zeros, which has no direction'
  const fault = new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '', detail }] })
  const refusal = at('/texts/3', () => Promise.reject(fault))
  await expect(refusal).rejects.toMatchObject({
    failure: { kind: 'unprocessable', detail: `/texts/3: ${detail}`, errors: [{ pointer: '/texts/3', detail }] },
  })
})
