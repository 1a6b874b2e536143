/**
 * Every route against every way to ask it wrongly: a 4xx problem document that names the field, and nothing stored.
 *
 * The first half of the table is made from `/openapi.json`: whatever route there is gets the refusals that its shape promises. The
 * second half is written by hand: what a route's meaning makes wrong. A route that is in neither fails the suite.
 * @module
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request as rawRequest } from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeKey } from '../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'
import { ROOT } from '../../scripts/paths.ts'
import assayClip from '../../models/assay-clip/manifest.json' with { type: 'json' }
import { createApp } from '../../src/http/app.ts'
import { OPENAPI_DOCUMENT } from '../../src/http/openapi.ts'
import { type EndpointServer, startEndpointServer } from '../endpoint-server/server.ts'
import { samplePng } from '../support/png.ts'
import { karpathyFile, pictures, resultsForm, retrievalForm, vqaFiles, vqaForm } from '../support/tiny-datasets.ts'
import {
  ascii,
  concat,
  ihdr,
  idat,
  jpegFrame,
  png,
  pngChunk,
  scan,
  smallPng,
  SOI,
  webp,
  webpExtended,
} from '../unit/media/build.ts'

/** Anything but the server and ids that are made at its start. */
interface Request {
  readonly headers?: Record<string, string>
  readonly body?: BodyInit
}

type Class = 'syntax' | 'type' | 'range' | 'reference' | 'size' | 'authorization' | 'conflict'

interface Case {
  /** `POST /v1/evals/{eval_id}` */
  readonly route: string
  readonly class: Class
  readonly what: string
  /** The path itself, where it is not the route's with good ids. */
  readonly path?: () => string
  readonly request?: () => Request
  /** An administrator's unless given; null: none. */
  readonly key?: () => string | null
  readonly method?: string
  readonly status: number
  readonly code: string
  /** Of the first error. */
  readonly pointer?: string
  readonly detail?: RegExp
  readonly headers?: Record<string, RegExp>
}

interface Operation {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly open: boolean
  readonly json: boolean
  readonly form: boolean
  readonly query: readonly string[]
  /** Takes an `Idempotency-Key`. */
  readonly keyed: boolean
}

// ————— The routes —————

type Paths = Record<
  string,
  Record<string, { security?: unknown[]; requestBody?: { content: object }; parameters?: { in: string; name: string }[] }>
>

const operations: Operation[] = Object.entries(createApp().getOpenAPI31Document(OPENAPI_DOCUMENT).paths as Paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { security = [], requestBody, parameters = [] }]) => ({
      route: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      open: security.length === 0,
      json: requestBody !== undefined && 'application/json' in requestBody.content,
      form: requestBody !== undefined && 'multipart/form-data' in requestBody.content,
      query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      keyed: parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key'),
    })),
)

const ADMIN_ROUTES = new Set([
  'POST /v1/models',
  'PUT /v1/models/{id}/files/{sha256}',
  'DELETE /v1/models/{id}',
  'POST /v1/endpoints',
  'DELETE /v1/endpoints/{name}',
  'POST /v1/keys',
  'GET /v1/keys',
  'DELETE /v1/keys/{id}',
])

const OPENAI = /^\/v1(\/|\?|$)/

// ————— The server, and what is in it —————

const key = makeKey()
/** They take turns: all the questions below are more than one key may ask in a minute. */
const administrators: string[] = []
let turn = 0
let sent = 0
const administrator = () => administrators[turn++ % administrators.length]!
const ids = {
  retrieval: '',
  vqa: '',
  retrievalEval: '',
  vqaEval: '',
  file: '',
  pictureless: '',
  tooFew: '',
  tooMany: '',
  notJson: '',
  notUtf8: '',
  image: '',
  endedRun: '',
  openRun: '',
  outputItem: '',
  trigger: '',
  target: '',
  member: '',
  memberId: '',
  revoked: '',
  stranger: '',
  report: '',
  questions: '',
  annotations: '',
  import: '',
  upload: '',
  part: '',
  cancelled: '',
}
const ENDPOINT = 'slow'

let server: LocalServer
let slow: EndpointServer

beforeAll(async () => {
  slow = await startEndpointServer()
  slow.control({ failures: [{ delay_ms: 600_000, times: 1000 }] })
  server = await startLocalServer({
    allowLoopback: true,
    scheduleEvery: 0,
    bindings: { ...key.bindings, ANONYMOUS_DAILY_BUDGET: '3', ENDPOINT_SECRET_KNOWN: 'a secret of the deployment' },
  })
  for (let index = 0; index < 4; index++) {
    const response = await send('POST', '/v1/keys', json({ name: `turn ${index}`, role: 'admin' }), key.key)
    administrators.push(((await response.json()) as { key: string }).key)
  }
  const made = async (path: string, body: FormData | object): Promise<Record<string, string>> => {
    const response = await send('POST', path, body instanceof FormData ? { body } : json(body))
    const text = await response.text()
    expect(response.ok, `${path}: ${text}`).toBe(true)
    return JSON.parse(text) as Record<string, string>
  }
  ids.retrieval = (await made('/v1/datasets', retrievalForm('bad-input-retrieval')))['id']!
  ids.vqa = (await made('/v1/datasets', vqaForm('bad-input-vqa')))['id']!
  const withoutPictures = vqaForm('bad-input-pictureless')
  withoutPictures.delete('images')
  ids.pictureless = (await made('/v1/datasets', withoutPictures))['id']!
  ids.retrievalEval = (await made('/v1/evals', VALID['POST /v1/evals']!()))['id']!
  ids.vqaEval = (
    await made('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'vqa' }],
    })
  )['id']!
  ids.file = (await made('/v1/files', resultsForm(4)))['id']!
  ids.tooFew = (await made('/v1/files', resultsForm(3)))['id']!
  ids.tooMany = (await made('/v1/files', resultsForm(4, undefined, [{ question_id: 77, answer: 'yes' }])))['id']!
  ids.notJson = (await made('/v1/files', fileForm('{"not": json')))['id']!
  ids.notUtf8 = (await made('/v1/files', fileForm(new Uint8Array([0x5b, 0xff, 0x5d]))))['id']!
  const official = vqaFiles(2)
  ids.questions = (await made('/v1/files', fileForm(JSON.stringify(official.questions))))['id']!
  ids.annotations = (await made('/v1/files', fileForm(JSON.stringify(official.annotations))))['id']!
  ids.import = (await made('/v1/datasets', VALID[DATASETS]!()))['id']!
  ids.upload = (await made('/v1/uploads', VALID['POST /v1/uploads']!()))['id']!
  ids.part = (await made(`/v1/uploads/${ids.upload}/parts`, formOf({ data: new File(['abcd'], 'part') })))['id']!
  ids.cancelled = (await made('/v1/uploads', VALID['POST /v1/uploads']!()))['id']!
  await made(`/v1/uploads/${ids.cancelled}/cancel`, {})
  ids.image = (await made('/v1/images', formOf({ image: new Blob([new Uint8Array(samplePng(1))]) })))['id']!
  await made('/v1/endpoints', { name: ENDPOINT, base_url: `${slow.url}/v1`, timeout_ms: 120_000, concurrency: 1 })
  ids.endedRun = (await made(`/v1/evals/${ids.vqaEval}/runs`, resultsRun(ids.file)))['id']!
  ids.openRun = (await made(`/v1/evals/${ids.vqaEval}/runs`, endpointRun()))['id']!
  const trigger = { name: 'hub', eval_id: ids.vqaEval, scheme: 'github', secret: 'sixteen characters', run: resultsRun(ids.file) }
  ids.trigger = (await made('/v1/triggers', trigger))['id']!
  ids.target = (await made('/v1/webhook_endpoints', { url: 'https://hooks.example.com/assay' }))['id']!
  const member = await made('/v1/keys', { name: 'member' })
  ids.member = member['key']!
  ids.memberId = member['id']!
  const revoked = await made('/v1/keys', { name: 'revoked', role: 'admin' })
  expect((await send('DELETE', `/v1/keys/${revoked['id']}`)).status).toBe(200)
  ids.revoked = revoked['key']!
  ids.stranger = await strangersKey()
  await vi.waitFor(async () => {
    const run = (await (await send('GET', runPath(ids.endedRun))).json()) as { status: string }
    expect(run.status).toBe('completed')
  }, 30_000)
  await vi.waitFor(async () => {
    const found = (await (await send('GET', `/v1/dataset_imports/${ids.import}`)).json()) as { status: string }
    expect(found.status).toBe('completed')
  }, 30_000)
  ids.report = ((await (await send('GET', runPath(ids.endedRun))).json()) as { report_digest: string }).report_digest
  const items = (await (await send('GET', `${runPath(ids.endedRun)}/output_items`)).json()) as { data: { id: string }[] }
  ids.outputItem = items.data[0]!.id
  await vi.waitFor(() => expect(slow.requests.chatCount).toBe(1), 30_000)
})

afterAll(async () => {
  await server?.stop()
  await slow?.close()
})

/** Another tenant's administrator: there is no route that makes one. */
async function strangersKey(): Promise<string> {
  const other = makeKey()
  const db = await server.mf.getD1Database('DB')
  await db.batch([
    db.prepare(`INSERT INTO tenants (tenant_id, name, created_at) VALUES ('other', 'Other', 1)`),
    db
      .prepare(
        `INSERT INTO api_keys (tenant_id, key_id, secret_hash, name, role, created_at) VALUES ('other', ?1, ?2, 'theirs', 'admin', 1)`,
      )
      .bind(other.id, other.bindings.LOCAL_KEY_HASH),
  ])
  return other.key
}

const json = (value: unknown, type = 'application/json'): Request => ({
  headers: { 'content-type': type },
  body: typeof value === 'string' ? value : JSON.stringify(value),
})

function formOf(fields: Record<string, string | Blob | readonly (string | Blob)[]>): FormData {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields))
    for (const value of Array.isArray(values) ? (values as (string | Blob)[]) : [values as string | Blob])
      form.append(name, value)
  return form
}

const fileForm = (content: string | Uint8Array<ArrayBuffer>) =>
  formOf({ purpose: 'evals', file: new File([content], 'results.json') })

function send(
  method: string,
  path: string,
  { headers = {}, body }: Request = {},
  bearer: string | null = administrator(),
): Promise<Response> {
  // Each from a network of its own: so many wrong keys from one would be refused unseen.
  sent += 1
  const network = { 'cf-connecting-ip': `10.${sent >> 16}.${(sent >> 8) & 255}.${sent & 255}` }
  const authorization = bearer === null ? {} : { ...network, authorization: `Bearer ${bearer}` }
  return fetch(server.url + path, {
    method,
    headers: { ...authorization, ...headers },
    ...(body === undefined ? {} : { body, duplex: 'half' }),
  })
}

const runPath = (run: string) => `/v1/evals/${ids.vqaEval}/runs/${run}`
const resultsRun = (file: string) => ({
  data_source: { type: 'dataset', dataset: ids.vqa, subject: { type: 'results', file_id: file, name: 'answers' } },
})
const endpointRun = () => ({
  data_source: { type: 'dataset', dataset: ids.vqa, subject: { type: 'endpoint', endpoint: ENDPOINT, model: 'm' } },
})
const edgeRun = () => ({
  data_source: { type: 'dataset', dataset: ids.retrieval, subject: { type: 'edge_model', model: 'assay-clip' } },
})

/** Good values of path parameters, by route. */
function goodPath({ path }: Pick<Operation, 'path'>): string {
  const of: Record<string, string> = {
    '/v1/datasets/{id}': ids.retrieval,
    '/v1/images/{id}': ids.image,
    '/v1/files/{id}': ids.file,
    '/v1/files/{id}/content': ids.file,
    '/v1/models/{id}': 'assay-clip',
    '/v1/models/{id}/files/{sha256}': 'assay-clip',
    '/v1/reports/{digest}': ids.report,
    '/v1/endpoints/{name}': ENDPOINT,
    '/v1/webhook_endpoints/{id}': ids.target,
    '/v1/triggers/{id}': ids.trigger,
    '/hooks/{trigger}': ids.trigger,
    '/v1/keys/{id}': ids.memberId,
    '/v1/dataset_imports/{id}': ids.import,
    '/v1/uploads/{id}/parts': ids.upload,
    '/v1/uploads/{id}/complete': ids.upload,
    '/v1/uploads/{id}/cancel': ids.upload,
  }
  const values: Record<string, string> = { eval_id: ids.vqaEval, run_id: ids.endedRun, output_item_id: ids.outputItem }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? of[path] ?? `no value for ${path}`)
}

/** The shipped model under another id. */
const added = () => ({
  ...assayClip,
  id: 'added',
  // With the shipped size, weights in the graph, it would not fit beside the shipped one itself.
  text: { ...assayClip.text, bytes: 2e6 },
  tokenizer: { ...assayClip.tokenizer, bytes: 1000 },
})

/** A good body of each route that takes JSON: what a case spoils. */
const VALID: Record<string, () => Record<string, unknown>> = {
  'POST /v1/score': () => ({ image: { id: ids.image }, texts: ['a dog'], variant: 'cosine', model: 'assay-clip' }),
  'POST /v1/models': () => ({ manifest: added() }),
  'POST /v1/datasets': () => ({
    name: 'bad-input-by-reference',
    format: 'vqa-v2',
    files: { questions: ids.questions, annotations: ids.annotations },
  }),
  'POST /v1/uploads': () => ({ filename: 'large.json', purpose: 'evals', bytes: 6, mime_type: 'application/json' }),
  'POST /v1/uploads/{id}/complete': () => ({ part_ids: [ids.part], md5: '0'.repeat(32) }),
  'POST /v1/evals': () => ({
    name: 'an eval',
    metadata: { team: 'vision' },
    data_source_config: { type: 'dataset', task: 'retrieval' },
    testing_criteria: [{ type: 'retrieval', name: 'retrieval' }],
  }),
  'POST /v1/evals/{eval_id}': () => ({ name: 'renamed', metadata: {} }),
  'PATCH /v1/evals/{eval_id}/runs/{run_id}': () => ({ visibility: 'private' }),
  'POST /v1/evals/{eval_id}/runs': () => ({
    ...resultsRun(ids.file),
    name: 'a run',
    metadata: {},
    seed: 1,
    level: 0.9,
    visibility: 'private',
    layout: { shard_size: 2 },
  }),
  'POST /v1/endpoints': () => ({
    name: 'another',
    base_url: 'https://gpu.example.com/v1',
    timeout_ms: 1000,
    max_attempts: 1,
    concurrency: 1,
    secret_name: 'ENDPOINT_SECRET_KNOWN',
  }),
  'POST /v1/webhook_endpoints': () => ({ url: 'https://hooks.example.com/other' }),
  'POST /v1/triggers': () => ({
    name: 'another',
    eval_id: ids.vqaEval,
    scheme: 'github',
    secret: 'sixteen characters',
    run: resultsRun(ids.file),
  }),
  'POST /v1/keys': () => ({ name: 'another', role: 'member' }),
}

// ————— What every shape promises —————

/** Names that belong to every object, garbage in the encoding, nothing, and much. */
const STRANGE_IDS = [
  '__proto__',
  'constructor',
  '%E0%A4%A',
  '%FF',
  '%00',
  '..%2F..%2Fetc',
  "'%20OR%20'1'='1",
  '😀',
  'x'.repeat(4000),
]

const UNKNOWN_IDS: Record<string, string> = {
  eval_id: `eval_${'0'.repeat(32)}`,
  run_id: `evalrun_${'0'.repeat(32)}`,
  output_item_id: `outputitem_${'0'.repeat(32)}_0`,
}

function promised(operation: Operation): Case[] {
  const { route, method, path, open, json: takesJson, form: takesForm, query, keyed } = operation
  const cases: Case[] = []
  const add = (class_: Class, what: string, rest: Omit<Case, 'route' | 'class' | 'what'>) =>
    cases.push({ route, class: class_, what, ...rest })
  const at = () => goodPath(operation)

  add('syntax', 'a method it has not', {
    path: at,
    method: operations.some((other) => other.path === path && other.method === 'PATCH') ? 'PUT' : 'PATCH',
    status: 405,
    code: 'method_not_allowed',
    headers: { allow: new RegExp(`\\b${method}\\b`) },
  })
  const refusals: [string, () => string][] = [
    ['a bearer that is no key', () => 'sk-0123456789'],
    ['a key of nobody', () => makeKey().key],
    ['a revoked key', () => ids.revoked],
    ['the right id with a wrong secret', () => `assay_${key.id}_${'A'.repeat(43)}`],
  ]
  for (const [what, bearer] of refusals)
    add('authorization', what, {
      path: at,
      key: bearer,
      status: 401,
      code: 'unauthenticated',
      headers: { 'www-authenticate': /^Bearer/ },
    })
  if (!open) add('authorization', 'no key', { path: at, key: () => null, status: 401, code: 'unauthenticated' })
  if (ADMIN_ROUTES.has(route))
    add('authorization', "a member's key", { path: at, key: () => ids.member, status: 403, code: 'forbidden' })

  const request = () =>
    takesJson ? { request: () => json(VALID[route]!()) } : route === 'POST /hooks/{trigger}' ? { request: () => json({}) } : {}
  for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
    const others = (value: string) => () =>
      path
        .replace(`{${name}}`, value)
        .replace(/\{(\w+)\}/g, (_, other: string) => ({ eval_id: ids.vqaEval, run_id: ids.endedRun })[other] ?? ids.outputItem)
    for (const id of [UNKNOWN_IDS[name!] ?? 'unknown', ...STRANGE_IDS])
      add('reference', `${name} ${id.slice(0, 24)}`, { path: others(id), ...request(), status: 404, code: 'not_found' })
  }
  if (path.includes('{') && !open)
    add('authorization', 'ids of another tenant, as if there were none', {
      path: at,
      key: () => ids.stranger,
      ...request(),
      status: 404,
      code: 'not_found',
    })

  if (query.includes('after')) {
    const wrong: [Class, string, string, RegExp][] = [
      ['range', 'limit=0', 'limit', /at least 1/],
      ['range', 'limit=101', 'limit', /at most 100/],
      ['type', 'limit=many', 'limit', /decimal digits/],
      ['type', 'limit=1.5', 'limit', /whole number in decimal digits/],
      ['type', 'limit=0x27', 'limit', /decimal digits/],
      ['range', 'limit=1e999', 'limit', /decimal digits/],
      ['range', `limit=${'9'.repeat(400)}`, 'limit', /at most 100/],
      ['syntax', 'limit=1&limit=2', 'limit', /more than once/],
      ['reference', 'after=no+id', 'after', /last_id/],
      ['reference', `after=${'x'.repeat(4000)}`, 'after', /last_id/],
      ['range', 'order=sideways', 'order', /must be/],
      ['syntax', 'limt=5', 'limt', /not a known query parameter/],
      ['syntax', '__proto__=1', '__proto__', /not a known/],
      ['syntax', 'constructor=1', 'constructor', /not a known/],
    ]
    for (const [class_, text, pointer, detail] of wrong)
      add(class_, `?${text.slice(0, 24)}`, {
        path: () => `${at()}?${text}`,
        status: 400,
        code: 'invalid_request',
        pointer,
        detail,
      })
  }

  if (keyed)
    for (const [what, value] of Object.entries({
      'two keys': 'a, b',
      'no key': '""',
      'a key of 256': 'x'.repeat(256),
      'a space': 'a b',
    }))
      add('syntax', `an Idempotency-Key of ${what}`, {
        path: at,
        request: () => {
          const good = takesJson ? json(VALID[route]!()) : { body: new FormData() }
          return { ...good, headers: { ...good.headers, 'idempotency-key': value } }
        },
        status: 400,
        code: 'invalid_request',
        pointer: 'Idempotency-Key',
        detail: /1–255 visible ASCII/,
      })

  if (takesJson) {
    const spoil = (change: Record<string, unknown>) => () => json({ ...VALID[route]!(), ...change })
    const text =
      (body: BodyInit, type = 'application/json') =>
      () => ({ headers: { 'content-type': type }, body })
    const invalid = { path: at, status: 400, code: 'invalid_request' }
    add('syntax', 'no JSON', { ...invalid, request: text('{"name": '), pointer: '' })
    add('syntax', 'nothing', { ...invalid, request: text(''), pointer: '', detail: /empty/ })
    add('syntax', 'a byte order mark and no JSON', { ...invalid, request: text('\uFEFF{'), pointer: '' })
    add('syntax', 'bytes that are no UTF-8', { ...invalid, request: text(new Uint8Array([0x22, 0xff, 0x22])), pointer: '' })
    add('syntax', 'two documents', { ...invalid, request: text('{}{}'), pointer: '' })
    add('type', 'an array', { ...invalid, request: text('[]'), pointer: '', detail: /must be an object, is an array/ })
    add('type', 'null', { ...invalid, request: text('null'), pointer: '', detail: /must be an object, is null/ })
    add('syntax', 'plain text', {
      ...invalid,
      request: text('{}', 'text/plain'),
      status: 415,
      code: 'unsupported_media_type',
      detail: /must be application\/json/,
    })
    add('syntax', 'UTF-16', {
      ...invalid,
      request: text('{}', 'application/json; charset=utf-16'),
      status: 415,
      code: 'unsupported_media_type',
    })
    add('syntax', 'an unknown field', {
      ...invalid,
      request: spoil({ 'no~such/field': 1 }),
      pointer: '/no~0such~1field',
      detail: /not a known field/,
    })
    add('syntax', 'a field called constructor', { ...invalid, request: spoil({ constructor: 1 }), pointer: '/constructor' })
    add('syntax', 'a field called __proto__', {
      ...invalid,
      request: text('{"__proto__": {"name": "x"}}'),
      pointer: '/__proto__',
    })
    add('syntax', 'an unknown field whose name is a body long', {
      ...invalid,
      request: spoil({ ['x'.repeat(100_000)]: 1 }),
      detail: /^.{0,1100}$/,
    })
    add('range', 'nesting', { ...invalid, request: text(`{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`), detail: /nested/ })
    add('range', 'half of a surrogate pair', {
      ...invalid,
      request: text('{"name": "\\ud800"}'),
      pointer: '/name',
      detail: /surrogate/,
    })
    add('range', 'U+0000', { ...invalid, request: text('{"name": "a\\u0000b"}'), pointer: '/name', detail: /U\+0000/ })
    const limit = 1024 * 1024
    const large = ' '.repeat(limit + 1)
    const tooLarge = { path: at, status: 413, code: 'too_large', detail: new RegExp(`limit is ${limit} bytes`) }
    add('size', 'a byte too many', { ...tooLarge, request: text(large) })
    add('size', 'a byte too many, without a length', {
      ...tooLarge,
      request: () => ({ ...json(''), body: new Blob([large]).stream() }),
    })
    for (const field of Object.keys(VALID[route]!()))
      add('type', `${field} of another type`, {
        ...invalid,
        request: () => json({ ...VALID[route]!(), [field]: typeof VALID[route]!()[field] === 'number' ? '7' : 7 }),
        pointer: `/${field}`,
        detail: /must be/,
      })
  }

  if (takesForm) {
    const refused = { path: at, status: 400, code: 'invalid_request' }
    if (!takesJson)
      add('syntax', 'JSON instead of a form', {
        ...refused,
        request: () => json({}),
        status: 415,
        code: 'unsupported_media_type',
      })
    add('syntax', 'a form without a boundary', {
      ...refused,
      request: () => ({ headers: { 'content-type': 'multipart/form-data' }, body: '--x\r\n' }),
      pointer: '',
    })
    add('syntax', 'a form that breaks off', {
      ...refused,
      request: () => ({
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body: '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nval',
      }),
      pointer: '',
    })
    add('syntax', 'an empty form', { ...refused, request: () => ({ body: new FormData() }) })
    add('syntax', 'an unknown field', { ...refused, request: () => ({ body: formOf({ imagse: 'x' }) }), pointer: 'imagse' })
    add('syntax', 'a field called __proto__', {
      ...refused,
      request: () => ({ body: formOf({ ['__proto__']: 'x' }) }),
      pointer: '__proto__',
    })
  }
  return cases
}

// ————— Pictures —————

const gif = ascii('GIF89a.....')
const PICTURES: readonly { what: string; bytes: Uint8Array; status: number; code: string; class: Class; decoded?: true }[] = [
  { what: 'nothing', bytes: new Uint8Array(), status: 422, code: 'bad_image.empty', class: 'size' },
  { what: 'text', bytes: ascii('hello, I am a picture'), status: 422, code: 'bad_image.unknown_format', class: 'type' },
  { what: 'a GIF', bytes: gif, status: 415, code: 'unsupported_media_type', class: 'type' },
  { what: 'half a PNG', bytes: smallPng().subarray(0, 60), status: 422, code: 'bad_image.truncated', class: 'syntax' },
  { what: 'a PNG with a wrong checksum', bytes: smallPng().with(20, 7), status: 422, code: 'bad_image.corrupt', class: 'syntax' },
  {
    what: 'a PNG of no size',
    bytes: png(ihdr(0, 10), idat(new Uint8Array(10)), pngChunk('IEND')),
    status: 422,
    code: 'bad_image.zero_size',
    class: 'range',
  },
  {
    what: 'an animated PNG',
    bytes: smallPng(pngChunk('acTL', [0, 0, 0, 2, 0, 0, 0, 0])),
    status: 422,
    code: 'bad_image.animated',
    class: 'range',
  },
  { what: 'an animated WebP', bytes: webp(webpExtended(2, 10, 10)), status: 422, code: 'bad_image.animated', class: 'range' },
  {
    what: 'a JPEG without an end',
    bytes: concat(SOI, jpegFrame(0xc0, 8, 8), scan()),
    status: 422,
    code: 'bad_image.truncated',
    class: 'syntax',
  },
  {
    what: 'a PNG that says it is huge',
    bytes: png(ihdr(20_000, 20_000), idat(new Uint8Array(10)), pngChunk('IEND')),
    status: 413,
    code: 'too_large',
    class: 'size',
  },
  {
    what: 'more bytes than a picture may have',
    bytes: concat(smallPng(), new Uint8Array(8 * 1024 * 1024)),
    status: 413,
    code: 'too_large',
    class: 'size',
  },
  {
    what: 'a PNG with too little data',
    bytes: png(ihdr(10, 10), idat(new Uint8Array(31)), pngChunk('IEND')),
    status: 422,
    code: 'bad_image.',
    class: 'syntax',
    decoded: true,
  },
  {
    what: 'a PNG that inflates to more than it says',
    bytes: png(ihdr(10, 10), idat(new Uint8Array(4_000_000)), pngChunk('IEND')),
    status: 422,
    code: 'bad_image.',
    class: 'size',
    decoded: true,
  },
]

const blob = (bytes: Uint8Array, name = 'picture.png') => new File([new Uint8Array(bytes)], name)

function pictureCases(): Case[] {
  return PICTURES.flatMap(({ what, bytes, status, code, class: class_, decoded }): Case[] => {
    const common = { class: class_, what: `a picture: ${what}`, status, code }
    const uri = () => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`
    const dataset = () => {
      const form = retrievalForm('with a bad picture', 2)
      form.append('images', blob(bytes, 'bad.png'))
      return { body: form }
    }
    return [
      {
        ...common,
        route: 'POST /v1/score',
        request: () => ({ body: formOf({ image: blob(bytes), text: 'a dog' }) }),
        pointer: 'image',
      },
      ...(bytes.length > 1e6
        ? []
        : [
            {
              ...common,
              what: `${common.what}, in JSON`,
              route: 'POST /v1/score',
              request: () => json({ image: uri(), texts: ['a dog'] }),
              pointer: '/image',
            },
          ]),
      ...(decoded
        ? []
        : [
            { ...common, route: 'POST /v1/images', request: () => ({ body: formOf({ image: blob(bytes) }) }), pointer: 'image' },
            { ...common, route: 'POST /v1/datasets', request: dataset, pointer: 'images/2', detail: /bad\.png/ },
          ]),
    ]
  })
}

// ————— What a route's meaning makes wrong —————

const invalid = { status: 400, code: 'invalid_request' }
const unprocessable = { status: 422, code: 'unprocessable' }
const conflict = { status: 409, code: 'conflict', headers: { 'x-should-retry': /^false$/ } }
const DATASETS = 'POST /v1/datasets'
const RUNS = 'POST /v1/evals/{eval_id}/runs'
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, 'value']))

/** A form with some fields set, or taken away. */
function changed(form: FormData, fields: Record<string, string | Blob | null>): Request {
  for (const [name, value] of Object.entries(fields)) {
    form.delete(name)
    if (value !== null) form.set(name, value)
  }
  return { body: form }
}

const karpathyWith = (change: (file: ReturnType<typeof karpathyFile>) => void) => () => {
  const file = karpathyFile(2)
  change(file)
  return { body: retrievalForm('wrong', 2, file) }
}
const vqaWith =
  (change: (files: ReturnType<typeof vqaFiles>) => void, count = 2) =>
  () => {
    const files = vqaFiles(count)
    change(files)
    return { body: vqaForm('wrong', 2, files) }
  }
const spoiled = (route: string, change: Record<string, unknown>) => () => json({ ...VALID[route]!(), ...change })
const evalWith = (change: Record<string, unknown>) => spoiled('POST /v1/evals', change)
const runWith = (change: Record<string, unknown>) => spoiled(RUNS, change)
const sourceWith = (change: () => Record<string, unknown>) => () =>
  json({ data_source: { ...resultsRun(ids.file).data_source, ...change() } })
const endpointWith = (change: Record<string, unknown>) => spoiled('POST /v1/endpoints', change)
const triggerWith = (change: () => Record<string, unknown>) => () => json({ ...VALID['POST /v1/triggers']!(), ...change() })
const on = (evaluation: () => string) => ({ path: () => `/v1/evals/${evaluation()}/runs` })

const byHand: Case[] = [
  // /v1/score
  ...(
    [
      ['type', 'an address as the picture', { image: 'https://example.com/dog.png' }, '/image', invalid, /data: URI/],
      [
        'syntax',
        'a data: URI whose bytes are no picture, whatever its type says',
        { image: 'data:image/png;base64,AAAA' },
        '/image',
        { status: 422, code: 'bad_image.unknown_format' },
        /belong to no image/,
      ],
      ['syntax', 'a data: URI that is no base64', { image: 'data:image/png;base64,@@@@' }, '/image', invalid, /base64/],
      ['type', 'an id of another shape', { image: { id: 'img_1' } }, '/image/id', invalid, /64 hex/],
      [
        'reference',
        'an id of no picture',
        { image: { id: `img_${'0'.repeat(64)}` } },
        '/image/id',
        { status: 404, code: 'not_found' },
        /img_0/,
      ],
      ['reference', 'an unknown model', { model: 'constructor' }, '/model', { status: 404, code: 'not_found' }, /constructor/],
      ['range', 'no texts', { texts: [] }, '/texts', invalid, /at least 1/],
      ['size', 'too many texts', { texts: Array.from({ length: 65 }, () => 'x') }, '/texts', invalid, /at most 64/],
      ['size', 'a text that is too long', { texts: ['fine', 'x'.repeat(8193)] }, '/texts/1', invalid, /at most 8192/],
      ['type', 'a number as a text', { texts: [7] }, '/texts/0', invalid, /must be a string, is the number 7/],
      ['syntax', 'neither texts nor labels', { texts: undefined }, '/texts', invalid, /is missing.*classify/],
      [
        'syntax',
        'texts and labels',
        { variant: undefined, classify: { labels: ['a', 'b'] } },
        '/classify',
        invalid,
        /cannot go with texts/,
      ],
      ...(
        [
          ['type', 'labels of another type', 7, '', /must be an object, is the number 7/],
          ['syntax', 'no labels', {}, '/labels', /is missing/],
          ['range', 'one label', { labels: ['a'] }, '/labels', /at least 2/],
          [
            'size',
            'too many labels',
            { labels: Array.from({ length: 1001 }, (_, index) => `${index}`) },
            '/labels',
            /at most 1000/,
          ],
          ['type', 'a number as a label', { labels: ['a', 7] }, '/labels/1', /must be/],
          ['range', 'an empty label', { labels: ['a', ''] }, '/labels/1', /not be empty/],
          ['size', 'a label that is too long', { labels: ['a', 'x'.repeat(1025)] }, '/labels/1', /at most 1024/],
          ['reference', 'the same label twice', { labels: ['a', 'b', 'a'] }, '/labels/2', /label at 0 again/],
          ['syntax', 'a label without prompts', { labels: ['a', { label: 'b' }] }, '/labels/1/prompts', /is missing/],
          ['range', 'a label with no prompts', { labels: ['a', { label: 'b', prompts: [] }] }, '/labels/1/prompts', /at least 1/],
          ['range', 'an empty prompt', { labels: ['a', { label: 'b', prompts: [' '] }] }, '/labels/1/prompts/0', /not be empty/],
          [
            'syntax',
            'an unknown field of a label',
            { labels: ['a', { label: 'b', prompts: ['c'], weight: 1 }] },
            '/labels/1/weight',
            /known/,
          ],
          ['range', 'no templates', { labels: ['a', 'b'], templates: [] }, '/templates', /at least 1/],
          ['syntax', 'a template without {}', { labels: ['a', 'b'], templates: ['a picture'] }, '/templates/0', /must have \{\}/],
          ['reference', 'the same template twice', { labels: ['a', 'b'], templates: ['{}', '{}'] }, '/templates/1', /at 0 again/],
          [
            'size',
            'too many prompts',
            {
              labels: Array.from({ length: 21 }, (_, index) => `label ${index}`),
              templates: Array.from({ length: 100 }, (_, index) => `${index} {}`),
            },
            '/labels',
            /make 2100 prompts, at most 2000/,
          ],
          ['syntax', 'an unknown field of classify', { labels: ['a', 'b'], template: 'a {}' }, '/template', /not a known field/],
        ] as const
      ).map(
        ([class_, what, classify, pointer, detail]) =>
          [class_, what, { texts: undefined, variant: undefined, classify }, `/classify${pointer}`, invalid, detail] as const,
      ),
      [
        'syntax',
        'a variant with labels',
        { texts: undefined, classify: { labels: ['a', 'b'] } },
        '/variant',
        invalid,
        /leave it out/,
      ],
      [
        'range',
        'an unknown variant',
        { variant: 'clip-score' },
        '/variant',
        invalid,
        /"clipscore-2.5", "torchmetrics-100", "cosine"/,
      ],
    ] as const
  ).map(([class_, what, change, pointer, answer, detail]): Case => ({
    route: 'POST /v1/score',
    class: class_,
    what,
    request: spoiled('POST /v1/score', change),
    pointer,
    ...answer,
    detail,
  })),
  ...(
    [
      ['syntax', 'a form without a picture', { text: 'a dog' }, 'image', invalid],
      ['type', 'a picture as text', { image: 'dog', text: 'a dog' }, 'image', invalid],
      ['syntax', 'two pictures', { image: [blob(samplePng(1)), blob(samplePng(2))], text: 'a dog' }, 'image', invalid],
      ['syntax', 'a form without a text', { image: blob(samplePng(1)) }, 'text', invalid],
      ['type', 'a text as a file', { image: blob(samplePng(1)), text: blob(ascii('a dog')) }, 'text', invalid],
      [
        'size',
        'a form with too many texts',
        { image: blob(samplePng(1)), text: Array.from({ length: 65 }, () => 'x') },
        'text',
        invalid,
      ],
      ['range', 'a form with an unknown variant', { image: blob(samplePng(1)), text: 'x', variant: 'x' }, 'variant', invalid],
      [
        'syntax',
        'a form with two variants',
        { image: blob(samplePng(1)), text: 'x', variant: ['cosine', 'cosine'] },
        'variant',
        invalid,
      ],
      [
        'reference',
        'a form with an unknown model',
        { image: blob(samplePng(1)), text: 'x', model: 'x' },
        'model',
        { status: 404, code: 'not_found' },
      ],
      ['syntax', 'a form with an unknown field', { image: blob(samplePng(1)), texts: 'x' }, 'texts', invalid],
      ...(
        [
          ['syntax', 'with labels that are no JSON', '{"labels": ', 'classify'],
          ['range', 'with half a surrogate pair in a label', '{"labels": ["\\ud800", "b"]}', 'classify#/labels/0'],
          ['type', 'with an array of labels', '["a", "b"]', 'classify'],
          ['reference', 'with the same label twice', '{"labels": ["a", "a"]}', 'classify#/labels/1'],
          ['syntax', 'with a template without {}', '{"labels": ["a", "b"], "templates": ["a"]}', 'classify#/templates/0'],
        ] as const
      ).map(
        ([class_, what, classify, pointer]) =>
          [class_, `a form ${what}`, { image: blob(samplePng(1)), classify }, pointer, invalid] as const,
      ),
      [
        'syntax',
        'a form with texts and labels',
        { image: blob(samplePng(1)), text: 'x', classify: '{"labels": ["a", "b"]}' },
        'classify',
        invalid,
      ],
      ['type', 'a form with labels as a file', { image: blob(samplePng(1)), classify: blob(ascii('{}')) }, 'classify', invalid],
    ] as const
  ).map(([class_, what, fields, pointer, answer]): Case => ({
    route: 'POST /v1/score',
    class: class_,
    what,
    request: () => ({ body: formOf(fields) }),
    pointer,
    ...answer,
  })),
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: 'a stored picture without a key',
    request: spoiled('POST /v1/score', {}),
    key: () => null,
    status: 401,
    code: 'unauthenticated',
  },
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: "another tenant's picture",
    request: spoiled('POST /v1/score', {}),
    key: () => ids.stranger,
    status: 404,
    code: 'not_found',
    pointer: '/image/id',
  },
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: 'more texts than the visitors of a day have left',
    request: () => ({ body: formOf({ image: blob(samplePng(1)), text: ['a', 'b', 'c', 'd'] }) }),
    key: () => null,
    status: 429,
    code: 'rate_limited',
    detail: /daily budget of 3/,
    headers: { 'retry-after': /^\d{1,5}$/ },
  },
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: 'more prompts than the visitors of a day have left',
    request: () => ({
      body: formOf({ image: blob(samplePng(1)), classify: '{"labels": ["a", "b"], "templates": ["{}", "a {}"]}' }),
    }),
    key: () => null,
    status: 429,
    code: 'rate_limited',
    detail: /daily budget of 3/,
    headers: { 'retry-after': /^\d{1,5}$/ },
  },

  // /v1/images, /v1/files
  {
    route: 'POST /v1/images',
    class: 'type',
    what: 'a picture as text',
    request: () => ({ body: formOf({ image: 'x' }) }),
    pointer: 'image',
    ...invalid,
  },
  {
    route: 'POST /v1/images',
    class: 'syntax',
    what: 'two pictures',
    request: () => ({ body: formOf({ image: [blob(samplePng(1)), blob(samplePng(2))] }) }),
    pointer: 'image',
    ...invalid,
  },
  {
    route: 'GET /v1/images/{id}',
    class: 'reference',
    what: 'a digest instead of an id',
    path: () => `/v1/images/${ids.image.slice(4)}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'POST /v1/files',
    class: 'range',
    what: 'another purpose',
    request: () => changed(resultsForm(1), { purpose: 'assistants' }),
    pointer: 'purpose',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'syntax',
    what: 'no purpose',
    request: () => changed(resultsForm(1), { purpose: null }),
    pointer: 'purpose',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'syntax',
    what: 'no file',
    request: () => changed(resultsForm(1), { file: null }),
    pointer: 'file',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'type',
    what: 'a file as text',
    request: () => changed(resultsForm(1), { file: 'x' }),
    pointer: 'file',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'size',
    what: 'an empty file',
    request: () => changed(resultsForm(1), { file: new File([], 'empty.json') }),
    pointer: 'file',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'size',
    what: 'a long file name',
    request: () => changed(resultsForm(1), { file: new File(['[]'], 'x'.repeat(256)) }),
    pointer: 'file',
    ...invalid,
  },

  // /v1/uploads
  ...(
    [
      ['range', 'another purpose', { purpose: 'fine-tune' }, '/purpose', /"evals"/],
      ['range', 'no bytes', { bytes: 0 }, '/bytes', /at least 1/],
      ['size', 'more bytes than a file may have', { bytes: 2_000_000_001 }, '/bytes', /at most 2000000000/],
      ['range', 'half a byte', { bytes: 1.5 }, '/bytes', /whole number/],
      ['range', 'no name', { filename: '' }, '/filename', /must not be empty/],
      ['size', 'a name of 256 characters', { filename: 'x'.repeat(256) }, '/filename', /at most 255/],
    ] as const
  ).map(([class_, what, change, pointer, detail]): Case => ({
    route: 'POST /v1/uploads',
    class: class_,
    what,
    request: spoiled('POST /v1/uploads', change),
    pointer,
    ...invalid,
    detail,
  })),
  ...(
    [
      ['type', 'a part as text', { data: 'abc' }, 'data', /file/],
      ['size', 'an empty part', { data: new File([], 'part') }, 'data', /empty/],
      ['syntax', 'two parts', { data: [new File(['a'], 'part'), new File(['b'], 'part')] }, 'data', /only field/],
      ['syntax', 'a field beside the part', { data: new File(['a'], 'part'), purpose: 'evals' }, 'data', /only field/],
    ] as const
  ).map(([class_, what, fields, pointer, detail]): Case => ({
    route: 'POST /v1/uploads/{id}/parts',
    class: class_,
    what,
    request: () => ({ body: formOf(fields) }),
    pointer,
    ...invalid,
    detail,
  })),
  {
    route: 'POST /v1/uploads/{id}/parts',
    class: 'size',
    what: 'more bytes than were declared',
    request: () => ({ body: formOf({ data: new File(['xyz'], 'part') }) }),
    pointer: 'data',
    status: 413,
    code: 'too_large',
    detail: /declared/,
  },
  ...(
    [
      ['reference', 'an unknown part', () => ({ part_ids: [ids.part, 'part_0'] }), '/part_ids/1', /no part "part_0"/],
      ['range', 'a part twice', () => ({ part_ids: [ids.part, ids.part] }), '/part_ids/1', /named before/],
      ['range', 'no part', () => ({ part_ids: [] }), '/part_ids', /at least 1/],
      ['size', '1001 parts', () => ({ part_ids: Array.from({ length: 1001 }, () => 'part_0') }), '/part_ids', /at most 1000/],
      ['range', 'fewer bytes than were declared', () => ({ part_ids: [ids.part] }), '/part_ids', /have 4 bytes together/],
      ['range', 'an MD5 that is none', () => ({ md5: 'x'.repeat(32) }), '/md5', /32 hex digits/],
    ] as const
  ).map(([class_, what, change, pointer, detail]): Case => ({
    route: 'POST /v1/uploads/{id}/complete',
    class: class_,
    what,
    request: () => json({ ...VALID['POST /v1/uploads/{id}/complete']!(), ...change() }),
    pointer,
    ...invalid,
    detail,
  })),
  ...(['parts', 'complete'] as const).map((verb): Case => ({
    route: `POST /v1/uploads/{id}/${verb}`,
    class: 'conflict',
    what: 'an upload that was cancelled',
    path: () => `/v1/uploads/${ids.cancelled}/${verb}`,
    request: () =>
      verb === 'parts' ? { body: formOf({ data: new File(['a'], 'part') }) } : json(VALID['POST /v1/uploads/{id}/complete']!()),
    ...conflict,
    detail: /cancelled/,
  })),

  // /v1/datasets by reference
  ...(
    [
      ['range', 'a name with a slash', () => ({ name: 'a/b' }), '/name', invalid, /letters, digits/],
      ['range', 'an unknown format', () => ({ format: 'constructor' }), '/format', invalid, /karpathy, vqa-v2/],
      ['range', 'a format that needs pictures', () => ({ format: 'karpathy' }), '/format', invalid, /not imported by reference/],
      ['syntax', 'a split where none is read', () => ({ split: 'test' }), '/split', invalid, /leave it out/],
      [
        'range',
        'an empty split',
        () => ({ format: 'coin', split: '', files: { annotations: ids.annotations } }),
        '/split',
        invalid,
        /1–128/,
      ],
      ['syntax', 'no annotations', () => ({ files: { questions: ids.questions } }), '/files/annotations', invalid, /missing/],
      ['syntax', 'no questions', () => ({ files: { annotations: ids.annotations } }), '/files/questions', invalid, /missing/],
      ['syntax', 'questions where none are read', () => ({ format: 'nlvr2' }), '/files/questions', invalid, /leave it out/],
      [
        'reference',
        'an unknown file',
        () => ({ files: { questions: ids.questions, annotations: 'file-0' } }),
        '/files/annotations',
        { status: 404, code: 'not_found' },
        /file-0/,
      ],
      ['syntax', 'pictures', () => ({ images: [] }), '/images', invalid, /not a known field/],
    ] as [Class, string, () => Record<string, unknown>, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, change, pointer, answer, detail]): Case => ({
    route: DATASETS,
    class: class_,
    what: `by reference: ${what}`,
    request: () => json({ ...VALID[DATASETS]!(), ...change() }),
    pointer,
    ...answer,
    detail,
  })),

  // /v1/datasets in Assay's own format
  ...(
    [
      ['syntax', 'that is no JSON', '{', '', /not JSON/],
      ['type', 'that is a list', '[]', '', /must be an object/],
      ['range', 'of an unknown task', { task: 'caption' }, '/task', /"retrieval" or "vqa"/],
      ['type', 'whose answers are one text', { answers: 'x' }, '/answers', /must be an array/],
      ['range', 'without an answer', { answers: [] }, '/answers', /empty/],
      ['syntax', 'with a misspelt member', { clutser: 'c' }, '/clutser', /not read/],
      ['syntax', 'with a sample', { item: {}, sample: {} }, '/sample', /results file/],
      ['range', 'with half of a surrogate pair', { question: '\ud800' }, '/question', /surrogate/],
      ['reference', 'whose id was used', { id: 'a' }, '/id', /already used by line 1/],
      ['range', 'whose picture lies in a folder', { image: 'a/b.png' }, '/image', /without folders/],
    ] as [Class, string, string | object, string, RegExp][]
  ).map(([class_, what, line, at, detail]): Case => ({
    route: DATASETS,
    class: class_,
    what: `an item ${what}`,
    request: () => {
      const item = { task: 'vqa', id: 'a', question: '?', answers: ['x'] }
      const second = typeof line === 'string' ? line : JSON.stringify({ ...('item' in line ? {} : item), id: 'b', ...line })
      const annotations = blob(ascii(`${JSON.stringify(item)}\n${second}\n`))
      return { body: formOf({ name: 'items', format: 'items-jsonl', annotations }) }
    },
    pointer: `annotations#/1${at}`,
    ...unprocessable,
    detail,
  })),

  // /v1/datasets
  ...(
    [
      ['syntax', 'no name', () => changed(retrievalForm('wrong'), { name: null }), 'name', invalid, /missing/],
      [
        'range',
        'a name with a slash',
        () => changed(retrievalForm('wrong'), { name: 'a/b' }),
        'name',
        invalid,
        /letters, digits/,
      ],
      [
        'range',
        'a name of 129 characters',
        () => changed(retrievalForm('wrong'), { name: 'x'.repeat(129) }),
        'name',
        invalid,
        /1–128/,
      ],
      [
        'range',
        'an unknown format',
        () => changed(retrievalForm('wrong'), { format: 'coco' }),
        'format',
        invalid,
        /karpathy, vqa-v2/,
      ],
      [
        'range',
        'a format called constructor',
        () => changed(retrievalForm('wrong'), { format: 'constructor' }),
        'format',
        invalid,
        /karpathy/,
      ],
      [
        'syntax',
        'no annotations',
        () => changed(retrievalForm('wrong'), { annotations: null }),
        'annotations',
        invalid,
        /missing/,
      ],
      [
        'type',
        'annotations as text',
        () => changed(retrievalForm('wrong'), { annotations: '{}' }),
        'annotations',
        invalid,
        /file/,
      ],
      ['syntax', 'no split', () => changed(retrievalForm('wrong'), { split: null }), 'split', invalid, /test/],
      [
        'syntax',
        'a split where none is read',
        () => changed(vqaForm('wrong'), { split: 'test' }),
        'split',
        invalid,
        /leave it out/,
      ],
      [
        'syntax',
        'questions where none are read',
        () => changed(retrievalForm('wrong'), { questions: blob(ascii('{}')) }),
        'questions',
        invalid,
        /leave it out/,
      ],
      ['syntax', 'VQA without questions', () => changed(vqaForm('wrong'), { questions: null }), 'questions', invalid, /missing/],
      [
        'reference',
        'a split that nothing is in',
        () => changed(retrievalForm('wrong'), { split: 'val' }),
        'annotations#/images',
        unprocessable,
        /the file has test \(4\)/,
      ],
      [
        'syntax',
        'annotations that are no JSON',
        () => changed(retrievalForm('wrong'), { annotations: blob(ascii('{"images": [')) }),
        'annotations#',
        unprocessable,
        /not JSON/,
      ],
      [
        'syntax',
        'questions that are no JSON',
        () => changed(vqaForm('wrong'), { questions: blob(ascii('[')) }),
        'questions#',
        unprocessable,
        /not JSON/,
      ],
      [
        'syntax',
        'annotations that are no UTF-8',
        () => changed(retrievalForm('wrong'), { annotations: blob(new Uint8Array([0x22, 0xe9, 0x22])) }),
        'annotations',
        unprocessable,
        /UTF-8/,
      ],
      [
        'type',
        'annotations that are an array',
        () => changed(retrievalForm('wrong'), { annotations: blob(ascii('[]')) }),
        'annotations#',
        unprocessable,
        /object/,
      ],
      [
        'type',
        'questions that are an array',
        () => changed(vqaForm('wrong'), { questions: blob(ascii('[]')) }),
        'questions#',
        unprocessable,
        /object/,
      ],
      [
        'type',
        'a caption that is a number',
        karpathyWith((file) => Object.assign((file.images[1]!['sentences'] as object[])[2]!, { raw: 7 })),
        'annotations#/images/1/sentences/2/raw',
        unprocessable,
        /string/,
      ],
      [
        'range',
        'a caption with half of a surrogate pair',
        karpathyWith((file) => Object.assign((file.images[1]!['sentences'] as object[])[2]!, { raw: '\ud800' })),
        'annotations#/images/1/sentences/2/raw',
        unprocessable,
        /surrogate/,
      ],
      [
        'conflict',
        'an image id used twice',
        karpathyWith((file) => Object.assign(file.images[1]!, { imgid: 0 })),
        'annotations#/images/1/imgid',
        unprocessable,
        /already used/,
      ],
      [
        'reference',
        'a picture that was not sent',
        karpathyWith((file) => Object.assign(file.images[1]!, { filename: 'nowhere.png' })),
        'images',
        unprocessable,
        /nowhere/,
      ],
      [
        'range',
        'a head that is too long',
        karpathyWith((file) => Object.assign(file, { dataset: 'x'.repeat(129) })),
        'annotations#/dataset',
        unprocessable,
        /at most 128/,
      ],
      [
        'type',
        'a question id that is text',
        vqaWith(({ questions }) => Object.assign(questions.questions[1]!, { question_id: '1001' })),
        'questions#/questions/1/question_id',
        unprocessable,
        /integer/,
      ],
      [
        'reference',
        'an annotation without its question',
        vqaWith(({ annotations }) => Object.assign(annotations.annotations[1]!, { question_id: 5 })),
        'annotations#/annotations/1/question_id',
        unprocessable,
        /no question 5/,
      ],
      [
        'range',
        'an annotation without answers',
        vqaWith(({ annotations }) => Object.assign(annotations.annotations[0]!, { answers: [] })),
        'annotations#/annotations/0/answers',
        unprocessable,
        /empty/,
      ],
      [
        'size',
        'more question types than a report can break down by',
        vqaWith(
          ({ annotations }) => annotations.annotations.forEach((each, index) => (each.question_type = `type ${index}`)),
          257,
        ),
        'annotations#/annotations/*/question_type',
        unprocessable,
        /at most 256/,
      ],
      [
        'size',
        'a question type of 129 characters',
        vqaWith(({ annotations }) => (annotations.annotations[0]!.question_type = 'x'.repeat(129))),
        'annotations#/annotations/*/question_type',
        unprocessable,
        /128/,
      ],
      [
        'conflict',
        'two pictures of one name',
        () => {
          const form = retrievalForm('wrong', 2)
          form.append('images', blob(samplePng(9), 'elsewhere/1.png'))
          return { body: form }
        },
        'images/2',
        unprocessable,
        /1/,
      ],
      ['type', 'pictures as text', () => changed(retrievalForm('wrong'), { images: 'x' }), 'images', invalid, /file/],
      [
        'size',
        'more pictures than one request may bring',
        () => {
          const form = retrievalForm('wrong', 1)
          for (let index = 0; index < 5000; index++) form.append('images', blob(new Uint8Array([1]), `${index}.png`))
          return { body: form }
        },
        'images',
        { status: 413, code: 'too_large' },
        /limit is 5000 pictures/,
      ],
    ] as [Class, string, () => Request, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, request, pointer, answer, detail]): Case => ({
    route: DATASETS,
    class: class_,
    what,
    request,
    pointer,
    ...answer,
    detail,
  })),
  {
    route: 'DELETE /v1/datasets/{id}',
    class: 'conflict',
    what: 'while a run uses it',
    path: () => `/v1/datasets/${ids.vqa}`,
    ...conflict,
    detail: /cancel the run/,
  },
  {
    route: 'DELETE /v1/datasets/{id}',
    class: 'reference',
    what: 'a version',
    path: () => `/v1/datasets/${ids.retrieval}@${'0'.repeat(64)}`,
    status: 404,
    code: 'not_found',
  },

  // /v1/evals
  ...(
    [
      ['syntax', 'no criteria', evalWith({ testing_criteria: undefined }), '/testing_criteria', invalid, /missing/],
      ['range', 'an empty list of criteria', evalWith({ testing_criteria: [] }), '/testing_criteria', invalid, /at least 1/],
      [
        'size',
        '17 criteria',
        evalWith({ testing_criteria: Array.from({ length: 17 }, (_, index) => ({ type: 'retrieval', name: `r${index}` })) }),
        '/testing_criteria',
        invalid,
        /at most 16/,
      ],
      [
        'conflict',
        'two criteria of one name',
        evalWith({
          testing_criteria: [
            { type: 'retrieval', name: 'r' },
            { type: 'retrieval', name: 'r' },
          ],
        }),
        '/testing_criteria',
        invalid,
        /differ/,
      ],
      [
        'range',
        'a criterion of an unknown type',
        evalWith({ testing_criteria: [{ type: 'string_check', name: 's' }] }),
        '/testing_criteria/0/type',
        invalid,
        /"image_text_similarity", "retrieval", "vqa_accuracy"/,
      ],
      [
        'range',
        'an unknown variant',
        evalWith({ testing_criteria: [{ type: 'image_text_similarity', name: 's', variant: 'x' }] }),
        '/testing_criteria/0/variant',
        invalid,
        /"cosine"/,
      ],
      [
        'range',
        'a threshold that is no number',
        () =>
          json(
            `{"data_source_config":{"type":"dataset","task":"retrieval"},"testing_criteria":[{"type":"image_text_similarity","name":"s","pass_threshold":1e999}]}`,
          ),
        '/testing_criteria/0/pass_threshold',
        invalid,
        /too large/,
      ],
      [
        'range',
        'another data source',
        evalWith({ data_source_config: { type: 'custom', item_schema: {} } }),
        '/data_source_config/type',
        invalid,
        /"dataset"/,
      ],
      [
        'range',
        'an unknown task',
        evalWith({ data_source_config: { type: 'dataset', task: 'captions' } }),
        '/data_source_config/task',
        invalid,
        /"retrieval", "vqa"/,
      ],
      [
        'conflict',
        'a criterion that does not fit the task',
        evalWith({ testing_criteria: [{ type: 'vqa_accuracy', name: 'v' }] }),
        '/testing_criteria/0/type',
        unprocessable,
        /vqa/,
      ],
      ['size', '17 pairs of metadata', evalWith({ metadata: many(17) }), '/metadata', invalid, /16/],
      [
        'size',
        'a metadata key of 65 characters',
        evalWith({ metadata: { ['k'.repeat(65)]: 'v' } }),
        `/metadata/${'k'.repeat(65)}`,
        invalid,
        /64/,
      ],
      [
        'size',
        'a metadata value of 513 characters',
        evalWith({ metadata: { k: 'v'.repeat(513) } }),
        '/metadata/k',
        invalid,
        /512/,
      ],
      ['type', 'a metadata value that is a number', evalWith({ metadata: { k: 1 } }), '/metadata/k', invalid, /string/],
      [
        'syntax',
        'metadata called __proto__',
        () => json('{"metadata":{"__proto__":"x"}}'),
        '/metadata/__proto__',
        invalid,
        /remove/,
      ],
      ['size', 'a name of 257 characters', evalWith({ name: 'x'.repeat(257) }), '/name', invalid, /at most 256/],
    ] as [Class, string, () => Request, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, request, pointer, answer, detail]): Case => ({
    route: 'POST /v1/evals',
    class: class_,
    what,
    request,
    pointer,
    ...answer,
    detail,
  })),
  {
    route: 'POST /v1/evals/{eval_id}',
    class: 'size',
    what: '17 pairs of metadata',
    request: () => json({ metadata: many(17) }),
    pointer: '/metadata',
    ...invalid,
  },
  {
    route: 'DELETE /v1/evals/{eval_id}',
    class: 'conflict',
    what: 'with a run in progress and a trigger',
    ...conflict,
    detail: /trigger/,
  },
  {
    route: 'GET /v1/evals',
    class: 'range',
    what: 'an order that is not kept',
    path: () => '/v1/evals?order_by=updated_at',
    pointer: 'order_by',
    ...invalid,
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs',
    class: 'range',
    what: 'an unknown status',
    path: () => `/v1/evals/${ids.vqaEval}/runs?status=done`,
    pointer: 'status',
    ...invalid,
    detail: /"completed"/,
  },

  // runs
  ...(
    [
      ['syntax', 'no data source', runWith({ data_source: undefined }), '/data_source', invalid, /missing/],
      [
        'range',
        "OpenAI's data sources",
        runWith({ data_source: { type: 'jsonl', source: {} } }),
        '/data_source/type',
        invalid,
        /"dataset"/,
      ],
      [
        'range',
        'an unknown subject',
        sourceWith(() => ({ subject: { type: 'model' } })),
        '/data_source/subject/type',
        invalid,
        /"edge_model", "results", "scores", "endpoint"/,
      ],
      [
        'reference',
        'an unknown dataset',
        sourceWith(() => ({ dataset: `ds_${'0'.repeat(32)}` })),
        '/data_source/dataset',
        { status: 404, code: 'not_found' },
        /ds_0/,
      ],
      [
        'reference',
        'an unknown version',
        sourceWith(() => ({ dataset: `${ids.vqa}@${'0'.repeat(64)}` })),
        '/data_source/dataset',
        { status: 404, code: 'not_found' },
        /@0/,
      ],
      [
        'syntax',
        'a reference with two digests',
        sourceWith(() => ({ dataset: `${ids.vqa}@@` })),
        '/data_source/dataset',
        { status: 404, code: 'not_found' },
        /@@/,
      ],
      [
        'size',
        'a dataset of 257 characters',
        sourceWith(() => ({ dataset: 'd'.repeat(257) })),
        '/data_source/dataset',
        invalid,
        /at most 256/,
      ],
      [
        'conflict',
        'a dataset of another task',
        sourceWith(() => ({ dataset: ids.retrieval })),
        '/data_source/dataset',
        unprocessable,
        /vqa/,
      ],
      ['range', 'no items', sourceWith(() => ({ limit: 0 })), '/data_source/limit', invalid, /more than 0|at least 1/],
      [
        'range',
        'half an item',
        sourceWith(() => ({ limit: 1.5 })),
        '/data_source/limit',
        invalid,
        /whole number, is the number 1.5/,
      ],
      [
        'range',
        'more items than there are',
        sourceWith(() => ({ limit: 5 })),
        '/data_source/limit',
        unprocessable,
        /the dataset has 4/,
      ],
      ['range', 'more items than can be counted', sourceWith(() => ({ limit: 1e300 })), '/data_source/limit', invalid, /must be/],
      [
        'range',
        'a gold sample neither counted nor aimed at',
        runWith({ prediction_powered: { criterion: 'accuracy', proxy: { run: 'evalrun_0', criterion: 'accuracy' } } }),
        '/prediction_powered',
        invalid,
        /either gold or target_half_width/,
      ],
      [
        'range',
        'less gold than an interval needs',
        runWith({ prediction_powered: { criterion: 'accuracy', proxy: { run: 'evalrun_0', criterion: 'accuracy' }, gold: 99 } }),
        '/prediction_powered/gold',
        invalid,
        /at least 100/,
      ],
      [
        'reference',
        'a proxy that nobody ran',
        runWith({ prediction_powered: { criterion: 'accuracy', proxy: { run: 'evalrun_0', criterion: 'accuracy' }, gold: 100 } }),
        '/prediction_powered/proxy/run',
        { status: 404, code: 'not_found' },
        /evalrun_0/,
      ],
      [
        'reference',
        'an unknown file',
        sourceWith(() => ({ subject: { type: 'results', file_id: 'file-0', name: 'x' } })),
        '/data_source/subject/file_id',
        { status: 404, code: 'not_found' },
        /file-0/,
      ],
      [
        'range',
        'results without an answer',
        sourceWith(() => resultsRun(ids.tooFew).data_source),
        '/data_source/subject/file_id',
        unprocessable,
        /1 missing \(1003\)/,
      ],
      [
        'range',
        'results with an answer too many',
        sourceWith(() => resultsRun(ids.tooMany).data_source),
        '/data_source/subject/file_id',
        unprocessable,
        /1 unknown \(77\)/,
      ],
      [
        'syntax',
        'results that are no JSON',
        sourceWith(() => resultsRun(ids.notJson).data_source),
        '/data_source/subject/file_id',
        unprocessable,
        /not JSON/,
      ],
      [
        'syntax',
        'results that are no UTF-8',
        sourceWith(() => resultsRun(ids.notUtf8).data_source),
        '/data_source/subject/file_id',
        unprocessable,
        /UTF-8/,
      ],
      [
        'syntax',
        'scores that are no JSON',
        sourceWith(() => ({ subject: { type: 'scores', file_id: ids.notJson, name: 'x' } })),
        '/data_source/subject/file_id',
        unprocessable,
        /scores file, \/0: is not JSON/,
      ],
      [
        'reference',
        'an unknown file of scores',
        sourceWith(() => ({ subject: { type: 'scores', file_id: 'file-0', name: 'x' } })),
        '/data_source/subject/file_id',
        { status: 404, code: 'not_found' },
        /file-0/,
      ],
      [
        'size',
        'a name of no letters',
        sourceWith(() => ({ subject: { type: 'results', file_id: ids.file, name: '' } })),
        '/data_source/subject/name',
        invalid,
        /not be empty/,
      ],
      [
        'reference',
        'an unknown endpoint',
        sourceWith(() => ({ subject: { type: 'endpoint', endpoint: '__proto', model: 'm' } })),
        '/data_source/subject/endpoint',
        { status: 404, code: 'not_found' },
        /__proto/,
      ],
      [
        'range',
        'a prompt without the question',
        sourceWith(() => ({ subject: { type: 'endpoint', endpoint: ENDPOINT, model: 'm', prompt: 'Hello' } })),
        '/data_source/subject/prompt',
        invalid,
        /item\.question/,
      ],
      [
        'reference',
        'a prompt with the answers',
        sourceWith(() => ({
          subject: { type: 'endpoint', endpoint: ENDPOINT, model: 'm', prompt: '{{item.question}} {{item.answers}}' },
        })),
        '/data_source/subject/prompt',
        invalid,
        /unknown placeholder/,
      ],
      [
        'range',
        'a temperature of 3',
        sourceWith(() => ({
          subject: { type: 'endpoint', endpoint: ENDPOINT, model: 'm', sampling_params: { temperature: 3 } },
        })),
        '/data_source/subject/sampling_params/temperature',
        invalid,
        /at most 2/,
      ],
      [
        'authorization',
        'an address of its own',
        sourceWith(() => ({
          subject: { type: 'endpoint', endpoint: ENDPOINT, model: 'm', base_url: 'https://evil.example.com' },
        })),
        '/data_source/subject/base_url',
        invalid,
        /not a known field/,
      ],
      [
        'conflict',
        'a subject that cannot supply what a criterion needs',
        sourceWith(() => ({ subject: { type: 'edge_model', model: 'assay-clip' } })),
        '/data_source/subject',
        unprocessable,
        /needs answer/,
      ],
      [
        'reference',
        'an unknown model',
        sourceWith(() => ({ subject: { type: 'edge_model', model: 'gpt' } })),
        '/data_source/subject/model',
        { status: 404, code: 'not_found' },
        /gpt/,
      ],
      ['range', 'a level of 1', runWith({ level: 1 }), '/level', invalid, /at most 0.999/],
      ['range', 'a level of 0.1', runWith({ level: 0.1 }), '/level', invalid, /at least 0.5/],
      ['range', 'a negative seed', runWith({ seed: -1 }), '/seed', invalid, /at least 0/],
      ['range', 'a seed of 2^53', runWith({ seed: 2 ** 53 }), '/seed', invalid, /at most|must be/],
      ['range', 'an unknown visibility', runWith({ visibility: 'secret' }), '/visibility', invalid, /"private", "public"/],
      ['range', 'shards of no items', runWith({ layout: { shard_size: 0 } }), '/layout/shard_size', invalid, /at least 1/],
      ['size', 'shards of 4097 items', runWith({ layout: { shard_size: 4097 } }), '/layout/shard_size', invalid, /at most 4096/],
      [
        'conflict',
        'an endpoint asked about no pictures',
        () => json({ data_source: { ...endpointRun().data_source, dataset: ids.pictureless } }),
        '/data_source/dataset',
        unprocessable,
        /without pictures/,
      ],
      [
        'size',
        'shards of more items than an endpoint could finish',
        () => json({ ...endpointRun(), layout: { shard_size: 9 } }),
        '/layout/shard_size',
        unprocessable,
        /at most 8 items/,
      ],
    ] as [Class, string, () => Request, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, request, pointer, answer, detail]): Case => ({
    route: RUNS,
    class: class_,
    what,
    request,
    pointer,
    ...answer,
    detail,
  })),
  {
    route: RUNS,
    class: 'conflict',
    what: 'results for retrieval',
    ...on(() => ids.retrievalEval),
    request: () => json({ data_source: { ...resultsRun(ids.file).data_source, dataset: ids.retrieval } }),
    pointer: '/data_source/subject/type',
    ...unprocessable,
  },
  {
    route: RUNS,
    class: 'authorization',
    what: "another tenant's eval",
    request: () => json(edgeRun()),
    key: () => ids.stranger,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'POST /v1/evals/{eval_id}/runs/{run_id}',
    class: 'conflict',
    what: 'cancel what has ended',
    ...conflict,
    detail: /already ended/,
  },
  {
    route: 'POST /v1/evals/{eval_id}/runs/{run_id}/cancel',
    class: 'conflict',
    what: 'cancel what has ended',
    ...conflict,
    detail: /already ended/,
  },
  {
    route: 'POST /v1/evals/{eval_id}/runs/{run_id}',
    class: 'syntax',
    what: 'a change, which would cancel',
    request: () => json({ visibility: 'private' }),
    pointer: '/visibility',
    ...invalid,
    detail: /cancels the run/,
  },
  ...(
    [
      ['type', 'a visibility that is no text', { visibility: 1 }, '/visibility'],
      ['range', 'a visibility that there is not', { visibility: 'hidden' }, '/visibility'],
      ['range', 'no visibility', {}, '/visibility'],
      ['syntax', 'another member', { visibility: 'private', name: 'x' }, '/name'],
    ] as const
  ).map(([class_, what, body, pointer]): Case => ({
    route: 'PATCH /v1/evals/{eval_id}/runs/{run_id}',
    class: class_,
    what,
    request: () => json(body),
    pointer,
    ...invalid,
  })),
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}',
    class: 'reference',
    what: "another eval's run",
    path: () => `/v1/evals/${ids.retrievalEval}/runs/${ids.endedRun}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items',
    class: 'range',
    what: 'descending order',
    path: () => `${runPath(ids.endedRun)}/output_items?order=desc`,
    pointer: 'order',
    ...invalid,
    detail: /"asc"/,
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items',
    class: 'reference',
    what: "after another run's item",
    path: () => `${runPath(ids.openRun)}/output_items?after=${ids.outputItem}`,
    pointer: 'after',
    ...invalid,
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}',
    class: 'reference',
    what: 'an item beyond the last',
    path: () => `${runPath(ids.endedRun)}/output_items/${ids.outputItem.replace(/\d$/, '4')}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}',
    class: 'reference',
    what: 'an item that is not scored yet',
    path: () => `${runPath(ids.openRun)}/output_items/${ids.outputItem.replace(ids.endedRun.slice(8), ids.openRun.slice(8))}`,
    status: 404,
    code: 'not_found',
  },

  // reports, leaderboards, models
  {
    route: 'GET /v1/reports/{digest}',
    class: 'authorization',
    what: 'a private report, as a visitor',
    key: () => null,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/reports/{digest}',
    class: 'authorization',
    what: 'a private report, as another tenant',
    key: () => ids.stranger,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/leaderboards',
    class: 'range',
    what: 'too many rows',
    path: () => '/v1/leaderboards?limit=501',
    pointer: 'limit',
    ...invalid,
  },
  {
    route: 'GET /v1/leaderboards',
    class: 'syntax',
    what: 'an unknown parameter',
    path: () => '/v1/leaderboards?model=x',
    pointer: 'model',
    ...invalid,
  },
  {
    route: 'GET /v1/leaderboards',
    class: 'size',
    what: 'a long filter',
    path: () => `/v1/leaderboards?metric=${'x'.repeat(129)}`,
    pointer: 'metric',
    ...invalid,
  },
  {
    route: 'GET /v1/models',
    class: 'syntax',
    what: 'an unknown parameter',
    path: () => '/v1/models?limit=1',
    pointer: 'limit',
    ...invalid,
  },

  // endpoints
  ...(
    [
      ['range', 'a name with capitals', { name: 'GPU' }, '/name', invalid, /a–z/],
      ['syntax', 'an address that is none', { base_url: 'gpu' }, '/base_url', invalid, /absolute URL/],
      ['range', 'an address without TLS', { base_url: 'http://gpu.example.com/v1' }, '/base_url', invalid, /https/],
      ['range', 'a private address', { base_url: 'https://10.0.0.1/v1' }, '/base_url', invalid, /IP address/],
      ['range', 'a metadata service', { base_url: 'http://169.254.169.254/v1' }, '/base_url', invalid, /https/],
      ['range', 'a private name', { base_url: 'https://gpu.internal/v1' }, '/base_url', invalid, /not a public name/],
      ['range', 'another port', { base_url: 'https://gpu.example.com:8443/v1' }, '/base_url', invalid, /443/],
      [
        'range',
        'an address with a password',
        { base_url: 'https://me:secret@gpu.example.com/v1' },
        '/base_url',
        invalid,
        /password/,
      ],
      ['size', 'a long address', { base_url: `https://gpu.example.com/${'x'.repeat(2048)}` }, '/base_url', invalid, /2048/],
      [
        'range',
        'a secret that is not an endpoint’s',
        { secret_name: 'SECRETS_KEY' },
        '/secret_name',
        invalid,
        /ENDPOINT_SECRET_/,
      ],
      [
        'reference',
        'a secret that is not set',
        { secret_name: 'ENDPOINT_SECRET_UNKNOWN' },
        '/secret_name',
        unprocessable,
        /wrangler secret put/,
      ],
      ['range', 'a timeout of a millisecond', { timeout_ms: 1 }, '/timeout_ms', invalid, /at least 1000/],
      ['range', 'eleven attempts', { max_attempts: 11 }, '/max_attempts', invalid, /at most 10/],
      ['range', 'seven at once', { concurrency: 7 }, '/concurrency', invalid, /at most 6/],
      ['conflict', 'a name that is taken', { name: ENDPOINT }, '/name', conflict, /exists/],
    ] as [Class, string, Record<string, unknown>, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, change, pointer, answer, detail]): Case => ({
    route: 'POST /v1/endpoints',
    class: class_,
    what,
    request: endpointWith(change),
    pointer,
    ...answer,
    detail,
  })),
  {
    route: 'POST /v1/endpoints',
    class: 'range',
    what: 'the Worker itself',
    request: () => json({ ...VALID['POST /v1/endpoints']!(), base_url: `${server.url}/v1` }),
    pointer: '/base_url',
    ...invalid,
    detail: /this service itself/,
  },
  {
    route: 'POST /v1/endpoints',
    class: 'authorization',
    what: "another tenant with the deployment's secret",
    request: endpointWith({}),
    key: () => ids.stranger,
    status: 403,
    code: 'forbidden',
    detail: /first tenant/,
  },
  { route: 'DELETE /v1/endpoints/{name}', class: 'conflict', what: 'while a run asks it', ...conflict, detail: /in progress/ },

  // models
  ...(
    [
      ['type', 'no graph', { vision: 7 }, '/manifest/vision', invalid, /must be an object/],
      ['range', 'an id of other letters', { id: 'My Model' }, '/manifest/id', invalid, /must match/],
      ['conflict', 'the id of a shipped model', { id: 'assay-clip' }, '/manifest/id', conflict, /ships with this deployment/],
      [
        'size',
        'a tower that no isolate holds',
        { vision: { ...assayClip.vision, bytes: 90e6 } },
        '/manifest',
        unprocessable,
        /would need [\d.]+ MB for it and has [\d.]+ MB/,
      ],
      [
        'reference',
        'a Worker that is not there',
        { placement: { vision: 'worker', text: 'isolate' } },
        '/manifest/placement/vision',
        unprocessable,
        /has no vision Worker/,
      ],
      [
        'range',
        'a tokenizer of no length',
        { tokenizer: { ...assayClip.tokenizer, bytes: undefined } },
        '/manifest/tokenizer/bytes',
        unprocessable,
        /how long/,
      ],
    ] as const
  ).map(([class_, what, change, pointer, refusal, detail]) => ({
    route: 'POST /v1/models',
    class: class_,
    what,
    request: () => json({ manifest: { ...added(), ...change } }),
    pointer,
    ...refusal,
    detail,
  })),

  // webhooks
  {
    route: 'POST /v1/webhook_endpoints',
    class: 'range',
    what: 'a private address',
    request: () => json({ url: 'https://192.168.0.1/hook' }),
    pointer: '/url',
    ...invalid,
  },
  {
    route: 'POST /v1/webhook_endpoints',
    class: 'range',
    what: 'the Worker itself',
    request: () => json({ url: `${server.url}/hooks/x` }),
    pointer: '/url',
    ...invalid,
  },
  {
    route: 'POST /v1/webhook_endpoints',
    class: 'syntax',
    what: 'no address',
    request: () => json({}),
    pointer: '/url',
    ...invalid,
    detail: /missing/,
  },
  ...(
    [
      ['range', 'an unknown scheme', () => ({ scheme: 'gitlab' }), '/scheme', invalid, /"github", "standard_webhooks"/],
      ['size', 'a short secret', () => ({ secret: 'short' }), '/secret', invalid, /at least 16/],
      [
        'range',
        'a secret of another kind',
        () => ({ scheme: 'standard_webhooks', secret: 'sixteen characters' }),
        '/secret',
        invalid,
        /base64 of 24 to 64 bytes/,
      ],
      [
        'reference',
        'an unknown eval',
        () => ({ eval_id: `eval_${'0'.repeat(32)}` }),
        '/eval_id',
        { status: 404, code: 'not_found' },
        /eval_0/,
      ],
      [
        'syntax',
        'a run with an unknown field',
        () => ({ run: { ...resultsRun(ids.file), nmae: 'x' } }),
        '/run/nmae',
        invalid,
        /not a known field/,
      ],
      [
        'reference',
        'a run on an unknown dataset',
        () => ({ run: { data_source: { ...resultsRun(ids.file).data_source, dataset: 'ds_0' } } }),
        '/run/data_source/dataset',
        { status: 404, code: 'not_found' },
        /ds_0/,
      ],
      [
        'range',
        'a run whose results do not fit',
        () => ({ run: resultsRun(ids.tooFew) }),
        '/run/data_source/subject/file_id',
        unprocessable,
        /1003/,
      ],
    ] as [Class, string, () => Record<string, unknown>, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, change, pointer, answer, detail]): Case => ({
    route: 'POST /v1/triggers',
    class: class_,
    what,
    request: triggerWith(change),
    pointer,
    ...answer,
    detail,
  })),
  ...(
    [
      ['authorization', 'a delivery without a signature', {}, 401, 'unauthenticated', /X-Hub-Signature-256 is missing/],
      ['syntax', 'a signature that is none', { 'x-hub-signature-256': 'sha1=00' }, 401, 'unauthenticated', /64 hex/],
      [
        'authorization',
        'a signature of something else',
        { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
        401,
        'unauthenticated',
        /does not match/,
      ],
    ] as const
  ).map(([class_, what, headers, status, code, detail]): Case => ({
    route: 'POST /hooks/{trigger}',
    class: class_,
    what,
    request: () => ({ headers, body: '{}' }),
    key: () => null,
    status,
    code,
    detail,
  })),
  {
    route: 'POST /hooks/{trigger}',
    class: 'size',
    what: 'a delivery that is too large',
    request: () => ({ body: 'x'.repeat(1024 * 1024 + 1) }),
    key: () => null,
    status: 413,
    code: 'too_large',
  },

  // keys
  {
    route: 'POST /v1/keys',
    class: 'range',
    what: 'an unknown role',
    request: () => json({ name: 'x', role: 'owner' }),
    pointer: '/role',
    ...invalid,
    detail: /"admin", "member"/,
  },
  { route: 'POST /v1/keys', class: 'size', what: 'no name', request: () => json({ name: '' }), pointer: '/name', ...invalid },
  {
    route: 'DELETE /v1/keys/{id}',
    class: 'conflict',
    what: 'its own',
    path: () => `/v1/keys/${key.id}`,
    key: () => key.key,
    ...conflict,
    detail: /cannot revoke itself/,
  },
  {
    route: 'DELETE /v1/keys/{id}',
    class: 'authorization',
    what: "another tenant's",
    path: () => `/v1/keys/${ids.stranger.split('_')[1]}`,
    status: 404,
    code: 'not_found',
  },
]

const table: Case[] = [...operations.flatMap(promised), ...pictureCases(), ...byHand]

// ————— The checks —————

interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly request_id: string
  readonly errors?: { pointer: string; detail: string }[]
  readonly limit?: number
  readonly error?: { message: string; type: string; param: string | null; code: string }
}

async function check(response: Response, path: string, expected: Omit<Case, 'route' | 'class' | 'what'>): Promise<Problem> {
  const text = await response.text()
  expect(response.status, text).toBe(expected.status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  const problem = JSON.parse(text) as Problem
  expect(problem).toMatchObject({ status: expected.status, type: `/problems/${problem.code}` })
  expect(problem.code.startsWith(expected.code), problem.code).toBe(true)
  expect(problem.request_id).toMatch(/^req_[0-9a-f]{32}$/)
  expect(response.headers.get('x-request-id')).toBe(problem.request_id)
  expect(problem.detail.length).toBeGreaterThan(0)
  expect(problem.detail.length).toBeLessThanOrEqual(1001)
  if (expected.pointer !== undefined) expect(problem.errors?.[0]?.pointer, text.slice(0, 1500)).toBe(expected.pointer)
  if (expected.detail !== undefined)
    expect([problem.detail, problem.errors?.[0]?.detail].join('\n')).toMatch(new RegExp(expected.detail, 'ms'))
  for (const [name, pattern] of Object.entries(expected.headers ?? {})) expect(response.headers.get(name), name).toMatch(pattern)
  if (problem.status === 413) expect(problem.limit).toBeGreaterThan(0)
  const openai = OPENAI.test(path)
  expect(problem.error !== undefined).toBe(openai)
  if (openai) {
    expect(problem.error).toEqual({
      message: problem.detail,
      type: 'invalid_request_error',
      param: problem.errors?.[0]?.pointer ?? null,
      code: problem.code,
    })
  }
  return problem
}

/** All that is stored: rows and objects, but for what moves by itself (leases, the visitors' budget). */
async function storedState(): Promise<Record<string, string>> {
  const db = await server.mf.getD1Database('DB')
  const { results: tables } = await db
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'`,
    )
    .all<{ name: string }>()
  const state: Record<string, string> = {}
  for (const { name } of tables) {
    if (name === 'shards' || name === 'outbox' || name === 'daily_usage') continue
    const { results } = await db.prepare(`SELECT * FROM ${name}`).all()
    const rows = results.map(({ transition_at: _lease, ...row }) => row)
    state[name] = createHash('sha256').update(JSON.stringify(rows)).digest('hex')
  }
  const { objects } = await (await server.mf.getR2Bucket('OBJECTS')).list()
  state['objects'] = objects.map(({ key: name }) => name).join('\n')
  return state
}

const describeCase = ({ class: class_, what }: Case) => `${class_}: ${what}`

describe.each(operations.map(({ route }) => route))('%s', (route) => {
  const operation = operations.find((each) => each.route === route)!
  const cases = table.filter((each) => each.route === route).map((each) => ({ name: describeCase(each), each }))
  let before: Record<string, string>
  beforeAll(async () => {
    before = await storedState()
  })

  test.each(cases)('$name', async ({ each }) => {
    const path = each.path?.() ?? goodPath(operation)
    const bearer = each.key === undefined ? administrator() : each.key()
    await check(await send(each.method ?? operation.method, path, each.request?.(), bearer), path, each)
  })

  test('stored nothing', async () => {
    expect(await storedState()).toEqual(before)
  })
})

describe('the table', () => {
  test('is made of the document that is served', async () => {
    const served = (await (await send('GET', '/openapi.json')).json()) as { paths: Paths }
    const routes = Object.entries(served.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(operations.map(({ route }) => route)).toEqual(routes)
  })

  test('and the document knows every route', () => {
    const registered = createApp()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(operations.map(({ route }) => route).toSorted()).toEqual([...new Set(registered)].toSorted())
  })

  test('and docs/api.md describes every route', async () => {
    const page = await readFile(join(ROOT, 'docs/api.md'), 'utf8')
    const described = [...page.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`\s]*)`/g)].map(([, route]) => route!)
    expect([...new Set(described)].filter((route) => !route.includes('…')).toSorted()).toEqual(
      expect.arrayContaining(operations.map(({ route }) => route).toSorted()),
    )
  })

  test.each(operations.map((operation) => ({ ...operation })))(
    'has for $route every class that applies',
    ({ route, open, path, json: takesJson, form, query }) => {
      const classes = new Set(table.filter((each) => each.route === route).map((each) => each.class))
      const applicable: Class[] = ['authorization', 'syntax']
      if (path.includes('{')) applicable.push('reference')
      if (takesJson || form || query.length > 0) applicable.push('syntax')
      if (takesJson) applicable.push('type', 'range', 'size')
      if (form) applicable.push('type', 'size')
      if (query.length > 0) applicable.push('range')
      expect([...classes], String(open)).toEqual(expect.arrayContaining(applicable))
    },
  )

  test('has every class', () => {
    const all: Class[] = ['syntax', 'type', 'range', 'reference', 'size', 'authorization', 'conflict']
    expect([...new Set(table.map((each) => each.class))].toSorted()).toEqual(all.toSorted())
  })
})

describe('no route', () => {
  test.each(['/v1/nothing', '/v1/', '/v1/evals/', '/v1/evals/x/runs/y/z', '/hooks/', '/v1//evals', '/openapiXjson'])(
    '%s',
    async (path) => {
      const response = await send('GET', path)
      // What is under no prefix of the API belongs to the page.
      if (!path.startsWith('/v1') && !path.startsWith('/hooks')) expect(response.status).toBe(404)
      else await check(response, path, { status: 404, code: 'not_found' })
    },
  )
})

describe('sizes', () => {
  /** Announces a length and sends nothing: an early refusal needs no more. */
  function announce(path: string, length: number): Promise<Response> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key.key}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': String(length),
      }
      const request = rawRequest(server.url + path, { method: 'POST', headers }, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          request.destroy()
          resolve(
            new Response(Buffer.concat(chunks), {
              status: incoming.statusCode!,
              headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
            }),
          )
        })
      })
      request.on('error', reject)
      request.flushHeaders()
    })
  }

  test.each([
    ['/v1/datasets', 50_000_000],
    ['/v1/files', 50_000_000],
    ['/v1/images', 9 * 1024 * 1024],
    ['/v1/score', 9 * 1024 * 1024],
    ['/v1/uploads/{id}/parts', 50_000_000],
  ])('%s refuses what is announced to be more than %i bytes before it is sent', async (route, limit) => {
    const path = route.replace('{id}', ids.upload)
    const problem = await check(await announce(path, limit + 1), path, { status: 413, code: 'too_large' })
    expect(problem).toMatchObject({ limit, unit: 'bytes' })
  })

  test('50 MB and a byte of a dataset, without a length: 413 as soon as it is known', async () => {
    const form = new Response(retrievalForm('large', 1))
    const head = new Uint8Array(await form.arrayBuffer())
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = sent === 0 ? head : new Uint8Array(1_000_000)
        sent += chunk.length
        controller.enqueue(chunk)
        if (sent > 60_000_000) controller.close()
      },
    })
    const response = await send('POST', '/v1/datasets', { headers: { 'content-type': form.headers.get('content-type')! }, body })
    const problem = await check(response, '/v1/datasets', {
      status: 413,
      code: 'too_large',
      detail: /without Content-Length.*limit is 8388608 bytes/,
    })
    expect(problem.limit).toBe(8 * 2 ** 20)
  })
})

describe('what is odd and right', () => {
  test('a byte order mark is skipped', async () => {
    const response = await send('POST', `/v1/evals/${ids.retrievalEval}`, json('\uFEFF{}'))
    expect(response.status, await response.text()).toBe(200)
  })

  test('metadata may be called constructor, and come back so', async () => {
    const response = await send('POST', '/v1/evals', evalWith({ metadata: { constructor: 'x', toString: 'y' } })())
    expect(await response.json()).toMatchObject({ metadata: { constructor: 'x', toString: 'y' } })
  })

  test('visitors have their budget, and no more', async () => {
    const score = () => send('POST', '/v1/score', { body: formOf({ image: blob(samplePng(1)), text: 'a dog' }) }, null)
    const statuses: number[] = []
    for (let index = 0; index < 4; index++) statuses.push((await score()).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  test('pictures that an import does not need are counted, not kept', async () => {
    const form = retrievalForm('with a picture too many', 2)
    form.append('images', blob(pictures(9)[8]!.bytes, 'unused.png'))
    const response = await send('POST', '/v1/datasets', { body: form })
    expect(await response.json()).toMatchObject({ unused_images: 1, version: { images: 2 } })
  })
})

describe('bodies that nobody thought of', () => {
  type Value = null | boolean | number | string | Value[] | { [key: string]: Value }

  const ODD: readonly Value[] = [
    '',
    'x'.repeat(300),
    '💥',
    '\ud83d',
    '\u0001',
    '\u202e',
    '../..',
    '__proto__',
    'constructor',
    "';--",
    '{{item.answers}}',
    `ds_${'0'.repeat(32)}`,
    null,
    true,
    1e308,
    1e-320,
    -1,
    0,
    0.1,
    2 ** 53,
    [],
    [null],
    [[]],
    {},
    { constructor: 1 },
  ]

  /** Every place in a value. */
  const placesOf = (value: Value, path: string[] = []): string[][] =>
    typeof value === 'object' && value !== null
      ? [path, ...Object.entries(value).flatMap(([name, entry]) => placesOf(entry, [...path, name]))]
      : [path]

  /** The value with another at one of its places, with more there, or with nothing. */
  function changedAt(value: Value, [name, ...rest]: string[], how: 'replace' | 'add' | 'remove', odd: Value): Value {
    const whole = value as Record<string, Value>
    if (name === undefined) {
      if (how === 'add' && Array.isArray(value)) return [...value, odd]
      return how === 'add' && typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value, limit: odd }
        : odd
    }
    if (how === 'remove' && rest.length === 0 && !Array.isArray(value))
      return Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name))
    const entry = changedAt(whole[name]!, rest, how, odd)
    return Array.isArray(value)
      ? value.map((other, index) => (String(index) === name ? entry : other))
      : { ...whole, [name]: entry }
  }

  const change = fc.record({
    place: fc.nat(),
    how: fc.constantFrom('replace' as const, 'replace' as const, 'add' as const, 'remove' as const),
    odd: fc.constantFrom(...ODD),
  })

  test.each(operations.filter((operation) => operation.json))('never break $route', async (operation) => {
    const asked = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const body = changes.reduce((value: Value, { place, how, odd }) => {
        const places = placesOf(value)
        return changedAt(value, places[place % places.length]!, how, odd)
      }, VALID[operation.route]!() as Value)
      const response = await send(operation.method, goodPath(operation), json(JSON.stringify(body)))
      const text = await response.text()
      expect(response.status, text).toBeLessThan(500)
      expect(response.status, text).not.toBe(429)
      if (response.status === 400) expect((JSON.parse(text) as Problem).errors![0]!.pointer).toEqual(expect.any(String))
    })
    await fc.assert(asked, { seed: 20261124, numRuns: 40 })
  })
})

describe('visitors', () => {
  test('who ask too often are told when to come back', async () => {
    const ask = () => send('POST', '/v1/score', json({}), null)
    let last = await ask()
    // 30 a minute; a new minute may begin meanwhile.
    for (let asked = 1; asked <= 62 && last.status !== 429; asked++) last = await ask()
    await check(last, '/v1/score', {
      status: 429,
      code: 'rate_limited',
      detail: /without a key/,
      headers: { 'retry-after': /^60$/ },
    })
  })
})
