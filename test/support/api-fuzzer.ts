/**
 * Fuzzed requests to a running Assay: bodies described by `/openapi.json` with existing ids, and corrupted
 * versions of them. Every answer must be documented, and none may be a server fault.
 * @module
 */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { apiClient, type ApiClient } from '../../scripts/api-client.ts'
import { documentedAnswers, isRead } from './documented-answers.ts'
import { openApiDocument } from './openapi-document.ts'
import { samplePng } from './png.ts'
import { endOf } from './runs.ts'
import { type Json, ODD, type Schema, valuesOf } from './schema-values.ts'
import { karpathyFile, pictures, resultsForm, retrievalForm, vqaFiles, vqaForm } from './tiny-datasets.ts'

/** The number of requests that a key may send per minute to a local server. */
const KEYS = 24
const MEMBERS = 6

export interface FuzzOptions {
  readonly url: string
  /** Key of an administrator. */
  readonly key: string
  /**
   * Sends the requests `first` to `first + count - 1`: each comes from its own generator, seeded by `seed`
   * and its number.
   */
  readonly seed: number
  readonly first: number
  readonly count: number
  readonly concurrency?: number
  readonly onProgress?: (done: number, faults: readonly string[]) => void
}

export interface FuzzReport {
  readonly requests: number
  /** Number of answers per status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Operations with at least one successful answer. */
  readonly succeeded: readonly string[]
  readonly failed: readonly string[]
  /** Each fault, with the request that shows it. */
  readonly faults: readonly string[]
  readonly slowestMilliseconds: number
}

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly query: readonly { readonly name: string; readonly schema: Schema }[]
  readonly json: Schema | null
  readonly form: Readonly<Record<string, Schema>> | null
  readonly binary: boolean
  readonly keyed: boolean
}

interface Request {
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: BodyInit | null
}

/** Seeded draws for one request. */
interface Draw {
  chance(share: number): boolean
  pick<T>(from: readonly T[]): T
  value(of: fc.Arbitrary<Json>): Json
  integer(below: number): number
}

/** Existing ids by kind. */
type Pool = Map<string, string[]>

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const document = openApiDocument()
  const undocumented = documentedAnswers(document)
  const refer = (reference: string) => (document.components.schemas as Record<string, Schema>)[reference.split('/').at(-1)!]!
  const operations = operationsOf(document as unknown as Document, refer)
  const api = apiClient(options.url, options.key)
  const keys = await makeKeys(api)
  const pool = await seedPool(api)
  const statuses: Record<string, number> = {}
  const succeeded = new Set<string>()
  const faults: string[] = []
  let slowest = 0
  let next = options.first
  let done = 0

  const one = async (number: number): Promise<void> => {
    const draw = drawOf(options.seed, number)
    const request = requestOf(draw, draw.pick(operations), pool, keys, refer)
    const begun = performance.now()
    let response: Response
    try {
      response = await fetch(options.url + request.path, {
        method: request.method,
        headers: { ...request.headers, 'cf-connecting-ip': `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}` },
        ...(request.body === null ? {} : { body: request.body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(60_000),
      })
    } catch (error) {
      // A refusal before the end of the body: the platform's client may lose it (finding K6).
      const cause = String((error as Error).cause ?? error)
      if (/EPIPE|ECONNRESET|other side closed/.test(cause)) statuses['lost'] = (statuses['lost'] ?? 0) + 1
      else faults.push(`${shown(number, request)}: ${cause}`)
      return
    }
    const contentType = response.headers.get('content-type')
    const body = isRead(contentType) ? await response.text() : null
    // The events of a run in progress last as long as the run.
    if (body === null) await (contentType === 'text/event-stream' ? response.body?.cancel() : response.arrayBuffer())
    slowest = Math.max(slowest, performance.now() - begun)
    const { status } = response
    statuses[status] = (statuses[status] ?? 0) + 1
    if (response.ok) succeeded.add(request.operation)
    const { pathname } = new URL(options.url + request.path)
    const wrong = undocumented({ method: request.method, path: pathname, status, contentType, body })
    if (status >= 500) faults.push(`${shown(number, request)}: ${status} ${body}`)
    else if (wrong !== null) faults.push(`${shown(number, request)}: ${wrong} ${body?.slice(0, 500)}`)
    if (response.ok && body !== null && request.method !== 'HEAD') remember(pool, request, JSON.parse(body) as Json)
    if (response.ok && request.method === 'DELETE') await forget(api, pool, request)
  }

  const worker = async () => {
    while (next < options.first + options.count) {
      await one(next++)
      done++
      if (done % 500 === 0) options.onProgress?.(done, faults)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 4 }, worker))
  return {
    requests: done,
    statuses,
    succeeded: [...succeeded].toSorted(),
    failed: operations.map(({ id }) => id).filter((id) => !succeeded.has(id)),
    faults,
    slowestMilliseconds: slowest,
  }
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string
            readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[]
            readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
          }
        >
      >
    >
  >
}

function operationsOf({ paths }: Document, refer: (reference: string) => Schema): Operation[] {
  /** Fields of a form, whether its schema is written in place or named. */
  const fieldsOf = (form: Schema) => {
    const { $ref } = form as { $ref?: string }
    return ($ref === undefined ? form : refer($ref))['properties'] as Record<string, Schema>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]): Operation => {
      const content = requestBody?.content ?? {}
      const form = content['multipart/form-data']?.schema
      return {
        id: operationId,
        method: method.toUpperCase(),
        path,
        query: parameters.filter((parameter) => parameter.in === 'query'),
        json: content['application/json']?.schema ?? null,
        form: form === undefined ? null : fieldsOf(form),
        binary: 'application/octet-stream' in content,
        keyed: parameters.some(({ name }) => name === 'Idempotency-Key'),
      }
    }),
  )
}

function drawOf(seed: number, number: number): Draw {
  // One sample of a list of integers seeds a generator, and is the same for the same request on every
  // machine.
  const numbers = fc.sample(fc.noBias(fc.integer({ min: 0, max: 2 ** 30 - 1 })), { seed: seed * 1_000_003 + number, numRuns: 64 })
  let at = 0
  const raw = () => numbers[at++ % numbers.length]!
  return {
    chance: (share) => raw() / 2 ** 30 < share,
    pick: (from) => from[raw() % from.length]!,
    integer: (below) => raw() % below,
    // Sometimes like the first cases of a property, with extreme values.
    value: (of) => fc.sample(raw() % 4 === 0 ? of : fc.noBias(of), { seed: raw(), numRuns: 1 })[0]!,
  }
}

// ————— Existing objects —————

async function makeKeys(api: ApiClient): Promise<{ readonly admins: string[]; readonly members: string[] }> {
  const make = async (role: string) => (await api.post<{ key: string }>('/v1/keys', { name: 'fuzz', role })).key
  return {
    admins: await Promise.all(Array.from({ length: KEYS - MEMBERS }, () => make('admin'))),
    members: await Promise.all(Array.from({ length: MEMBERS }, () => make('member'))),
  }
}

let made = 0

const fileForm = (content: string) => {
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', new File([content], 'file.json'))
  return form
}

/** Creates one of a kind; kinds that cannot be recreated come from {@link seedPool} only. */
const MAKERS: Record<string, (api: ApiClient, pool: Pool) => Promise<string>> = {
  dataset: async (api) => (await api.upload<{ id: string }>('/v1/datasets', vqaForm(`fuzz ${made++}`, 4))).id,
  file: async (api) => (await api.upload<{ id: string }>('/v1/files', resultsForm(4))).id,
  eval: async (api) =>
    (
      await api.post<{ id: string }>('/v1/evals', {
        data_source_config: { type: 'dataset', task: 'vqa' },
        testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }],
      })
    ).id,
  endpoint: async (api) => {
    const name = `fuzz-${made++}`
    await api.post('/v1/endpoints', { name, base_url: 'http://127.0.0.1:9/v1', max_attempts: 1, timeout_ms: 1000 })
    return name
  },
  upload: async (api) =>
    (
      await api.post<{ id: string }>('/v1/uploads', {
        filename: 'a.json',
        purpose: 'evals',
        bytes: 4,
        mime_type: 'application/json',
      })
    ).id,
  webhook: async (api) => (await api.post<{ id: string }>('/v1/webhook_endpoints', { url: `http://127.0.0.1:9/${made++}` })).id,
}

async function seedPool(api: ApiClient): Promise<Pool> {
  const pool: Pool = new Map()
  const add = (kind: string, id: string) => void pool.set(kind, [...(pool.get(kind) ?? []), id])
  for (const [kind, make] of Object.entries(MAKERS)) for (let index = 0; index < 3; index++) add(kind, await make(api, pool))
  add('dataset', (await api.upload<{ id: string }>('/v1/datasets', retrievalForm('fuzz retrieval'))).id)
  const official = vqaFiles(2)
  add('questions', (await api.upload<{ id: string }>('/v1/files', fileForm(JSON.stringify(official.questions)))).id)
  add('annotations', (await api.upload<{ id: string }>('/v1/files', fileForm(JSON.stringify(official.annotations)))).id)
  const image = new FormData()
  image.set('image', new Blob([new Uint8Array(samplePng(1))]))
  add('image', (await api.upload<{ id: string }>('/v1/images', image)).id)
  const [dataset, evalId, file] = [pool.get('dataset')![0]!, pool.get('eval')![0]!, pool.get('file')![0]!]
  const run = { data_source: { type: 'dataset', dataset, subject: { type: 'results', file_id: file, name: 'fuzz' } } }
  const started = await api.post<{ id: string; eval_id: string }>(`/v1/evals/${evalId}/runs`, run)
  const ended = await endOf(api, started as never)
  add('run', `${evalId} ${started.id}`)
  add('report', ended.report_digest!)
  const items = await api.get<{ data: { id: string }[] }>(`/v1/evals/${evalId}/runs/${started.id}/output_items`)
  for (const { id } of items.data) add('item', `${evalId} ${started.id} ${id}`)
  const trigger = { name: 'fuzz', eval_id: evalId, scheme: 'github', secret: SIGNING_SECRET, run }
  add('trigger', (await api.post<{ id: string }>('/v1/triggers', trigger)).id)
  return pool
}

const KIND_OF_OBJECT: Readonly<Record<string, string>> = {
  dataset: 'dataset',
  file: 'file',
  eval: 'eval',
  upload: 'upload',
  'upload.part': 'part',
  webhook_endpoint: 'webhook',
  trigger: 'trigger',
  key: 'key',
  'dataset.import': 'import',
  image: 'image',
  added_model: 'model',
}

function remember(pool: Pool, { method }: Request, body: Json): void {
  if (method !== 'POST' || typeof body !== 'object' || body === null || Array.isArray(body)) return
  const { object, id } = body
  if (typeof id !== 'string' || typeof object !== 'string') return
  const kind = object === 'eval.run' ? 'run' : KIND_OF_OBJECT[object]
  if (kind === undefined) return
  const ids = pool.get(kind) ?? []
  ids.push(object === 'eval.run' ? `${String(body['eval_id'])} ${id}` : id)
  // The first ones are complete and valid; of later ones the newest are kept.
  pool.set(kind, ids.length > 30 ? [...ids.slice(0, 5), ...ids.slice(-20)] : ids)
}

/** Removes a deleted object and creates another, so that requests keep meeting existing objects. */
async function forget(api: ApiClient, pool: Pool, { path }: Request): Promise<void> {
  const gone = decodeURIComponent(path.split('?')[0]!.split('/').at(-1)!)
  for (const [kind, ids] of pool) {
    const left = ids.filter((id) => id !== gone)
    if (left.length === ids.length) continue
    pool.set(kind, left)
    if (left.length < 3 && MAKERS[kind]) pool.set(kind, [...left, await MAKERS[kind](api, pool)])
  }
}

// ————— Requests —————

/** Kind of id that a member or parameter takes. */
const KIND_OF_MEMBER: Readonly<Record<string, string>> = {
  dataset: 'dataset',
  file_id: 'file',
  eval_id: 'eval',
  endpoint: 'endpoint',
  part_ids: 'part',
  questions: 'questions',
  annotations: 'annotations',
}

const KIND_OF_PATH: readonly (readonly [RegExp, string])[] = [
  [/^\/v1\/datasets/, 'dataset'],
  [/^\/v1\/dataset_imports/, 'import'],
  [/^\/v1\/files/, 'file'],
  [/^\/v1\/images/, 'image'],
  [/^\/v1\/uploads/, 'upload'],
  [/^\/v1\/endpoints/, 'endpoint'],
  [/^\/v1\/webhook_endpoints/, 'webhook'],
  [/^\/v1\/triggers|^\/hooks/, 'trigger'],
  [/^\/v1\/keys/, 'key'],
  [/^\/v1\/reports/, 'report'],
  [/^\/v1\/models/, 'model'],
]

const STRANGE_IDS = [
  '__proto__',
  '%E0%A4%A',
  '%FF',
  '%00',
  '..%2F..',
  "'%20OR%201=1",
  '😀',
  'x'.repeat(3000),
  '0',
  'null',
  '.',
  '%2e%2e',
]

function requestOf(
  draw: Draw,
  operation: Operation,
  pool: Pool,
  keys: { readonly admins: readonly string[]; readonly members: readonly string[] },
  refer: (reference: string) => Schema,
): Request {
  const headers: Record<string, string> = {}
  const bearer = draw.chance(0.85)
    ? draw.pick(keys.admins)
    : draw.pick([draw.pick(keys.members), draw.pick(keys.members), null, 'sk-none', `assay_${'a'.repeat(16)}_${'A'.repeat(43)}`])
  if (bearer !== null) headers['authorization'] = `Bearer ${bearer}`
  if (operation.keyed && draw.chance(0.3))
    headers['idempotency-key'] = draw.pick(['a', '"a"', 'a, b', '', `k${draw.integer(50)}`, 'x'.repeat(300), '\\'])
  if (draw.chance(0.02)) headers['origin'] = 'https://elsewhere.example.com'
  const path = pathOf(draw, operation, pool) + queryOf(draw, operation)
  const method = draw.chance(0.02) ? draw.pick(['PATCH', 'PUT', 'OPTIONS', 'HEAD', 'DELETE', 'POST']) : operation.method
  // A GET has no body for the platform's client.
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(draw, operation, pool, refer, headers)
  return { operation: operation.id, method, path, headers, body }
}

function pathOf(draw: Draw, { path }: Operation, pool: Pool): string {
  const known = draw.chance(0.85)
  const run = draw.pick(pool.get('run') ?? ['x x']).split(' ')
  const item = draw.pick(pool.get('item') ?? ['x x x']).split(' ')
  const whole = path.includes('output_item_id') ? item : run
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (!known && draw.chance(0.7)) return draw.pick(STRANGE_IDS)
    if (name === 'eval_id') return path.includes('run_id') ? whole[0]! : draw.pick(pool.get('eval') ?? ['x'])
    if (name === 'run_id') return whole[1]!
    if (name === 'output_item_id') return whole[2]!
    if (name === 'sha256') return draw.pick(['0'.repeat(64), 'x'])
    if (path.startsWith('/v1/models') && draw.chance(0.5)) return 'assay-clip'
    const kind = KIND_OF_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? ''
    return encodeURIComponent(draw.pick(pool.get(kind) ?? ['none']))
  })
}

function queryOf(draw: Draw, { query }: Operation): string {
  const parts: string[] = []
  for (const { name, schema } of query) {
    if (draw.chance(0.6)) continue
    const value = draw.chance(0.7)
      ? draw.value(valuesOf(schema, () => ({})))
      : draw.pick([...ODD, '0x27', '1e2', ' 5', '+5', '٣'])
    parts.push(`${name}=${encodeURIComponent(typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value))}`)
  }
  if (draw.chance(0.05)) parts.push(draw.pick(['limit=1&limit=2', 'unknown=1', '__proto__=1', '%zz', '=', 'a[b]=c', '&&']))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

function bodyOf(
  draw: Draw,
  operation: Operation,
  pool: Pool,
  refer: (reference: string) => Schema,
  headers: Record<string, string>,
): BodyInit | null {
  const { json, form, binary, path } = operation
  if (binary) return draw.pick(['', 'x', new Uint8Array([1, 2, 3])])
  if (form !== null && (json === null || draw.chance(0.5))) return formOf(draw, form, path)
  if (operation.id === 'deliverWebhook' && draw.chance(0.6)) {
    const delivery = JSON.stringify({ after: draw.integer(1000), of: draw.pick(pool.get('run') ?? ['']).split(' ')[1] ?? '' })
    headers['x-hub-signature-256'] = `sha256=${createHmac('sha256', SIGNING_SECRET).update(delivery).digest('hex')}`
    return draw.chance(0.9) ? delivery : `${delivery} `
  }
  if (json === null) {
    if (draw.chance(0.7)) return null
    headers['content-type'] = 'application/json'
    return draw.pick(['', '{}', '{"a":1}', '[]', '{', 'null'])
  }
  headers['content-type'] = draw.chance(0.97)
    ? 'application/json'
    : draw.pick([
        'text/plain',
        'application/json; charset=utf-16',
        'application/json;charset=UTF-8',
        'multipart/form-data; boundary=x',
      ])
  const good = GOOD_BODIES[operation.id]
  const described =
    good !== undefined && draw.chance(0.35) ? good(draw, pool) : withIds(draw.value(valuesOf(json, refer)), draw, pool)
  const value = draw.chance(0.45) ? spoiled(described, draw) : described
  const text = JSON.stringify(value)
  if (draw.chance(0.94)) return text
  return draw.pick<() => BodyInit>([
    () => text.slice(0, draw.integer(text.length + 1)),
    () => `${text}${text}`,
    () => `\ufeff${text}`,
    () => text.replace('"', '"\\ud800'),
    () => text.replace('{', '{"__proto__":{},'),
    () => new TextEncoder().encode(text).map((byte) => (draw.chance(0.05) ? draw.integer(256) : byte)),
    () => `${'['.repeat(100)}${']'.repeat(100)}`,
  ])()
}

/** Bodies that succeed. A schema alone rarely gives one, since the named objects have to match. */
const GOOD_BODIES: Readonly<Record<string, (draw: Draw, pool: Pool) => Json>> = {
  createEval: (draw) =>
    draw.pick<Json>([
      {
        data_source_config: { type: 'dataset', task: 'vqa' },
        testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }],
        metadata: { a: 'b' },
      },
      {
        data_source_config: { type: 'dataset', task: 'retrieval' },
        testing_criteria: [
          { type: 'retrieval', name: 'r' },
          { type: 'image_text_similarity', name: 's' },
        ],
      },
    ]),
  createRun: (draw, pool) => runBody(draw, pool),
  createTrigger: (draw, pool) => ({
    name: 'fuzz',
    eval_id: draw.pick(pool.get('eval')!),
    ...draw.pick<{ scheme: string; secret?: string }>([
      { scheme: 'github', secret: SIGNING_SECRET },
      { scheme: 'standard_webhooks' },
    ]),
    run: runBody(draw, pool),
  }),
  createDataset: (draw, pool) => ({
    name: `fuzz ${draw.integer(10)}`,
    format: 'vqa-v2',
    files: { questions: draw.pick(pool.get('questions')!), annotations: draw.pick(pool.get('annotations')!) },
  }),
  completeUpload: (draw, pool) => ({ part_ids: [draw.pick(pool.get('part') ?? ['part'])] }),
  scorePicture: (draw, pool) => ({
    image: { id: draw.pick(pool.get('image')!) },
    ...draw.pick<Record<string, Json>>([
      { texts: ['a dog', '😀'] },
      { classify: { labels: ['a', 'b'], templates: ['{}', 'a {}'] } },
    ]),
  }),
}

const SIGNING_SECRET = 'sixteen characters'

function runBody(draw: Draw, pool: Pool): Json {
  const subject = draw.pick<Json>([
    { type: 'results', file_id: draw.pick(pool.get('file')!.slice(0, 3)), name: 'fuzz' },
    { type: 'results', file_id: draw.pick(pool.get('file')!), name: 'fuzz' },
    { type: 'edge_model', model: 'assay-clip' },
    { type: 'endpoint', endpoint: draw.pick(pool.get('endpoint')!), model: 'm' },
  ])
  return {
    data_source: { type: 'dataset', dataset: draw.pick(pool.get('dataset')!.slice(0, 4)), subject },
    ...(draw.chance(0.3) ? { visibility: 'public' } : {}),
  }
}

/** Existing ids in place of ids that a schema made up. */
function withIds(value: Json, draw: Draw, pool: Pool, member = ''): Json {
  const kind = KIND_OF_MEMBER[member]
  if (typeof value === 'string') {
    const known =
      member === 'model'
        ? ['assay-clip']
        : member === 'id' && value.startsWith('img_')
          ? pool.get('image')
          : kind && pool.get(kind)
    return known && known.length > 0 && draw.chance(0.8) ? draw.pick(known) : value
  }
  if (Array.isArray(value)) return value.map((entry) => withIds(entry, draw, pool, member))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withIds(entry, draw, pool, name)]))
}

/** One part of a value replaced, removed, repeated, or given an undefined member. */
function spoiled(value: Json, draw: Draw): Json {
  if (draw.chance(0.15) || typeof value !== 'object' || value === null) return draw.pick(ODD)
  if (Array.isArray(value)) {
    if (value.length === 0) return [draw.pick(ODD)]
    const at = draw.integer(value.length)
    return draw.pick<() => Json>([
      () => value.map((entry, index) => (index === at ? spoiled(entry, draw) : entry)),
      () => value.filter((_, index) => index !== at),
      () => [...value, value[at]!],
    ])()
  }
  const names = Object.keys(value)
  if (names.length === 0) return { [draw.pick(['a', '', 'constructor', 'toString'])]: draw.pick(ODD) }
  const name = draw.pick(names)
  return draw.pick<() => Json>([
    () => ({ ...value, [name]: spoiled(value[name]!, draw) }),
    () => ({ ...value, [name]: spoiled(value[name]!, draw) }),
    () => ({ ...value, [name]: draw.pick(ODD) }),
    () => Object.fromEntries(Object.entries(value).filter(([other]) => other !== name)),
    () => ({ ...value, [draw.pick(['a', 'constructor', 'limit', 'id'])]: draw.pick(ODD) }),
  ])()
}

/** Official files, valid pictures and words, each sometimes corrupted, missing or repeated. */
function formOf(draw: Draw, fields: Readonly<Record<string, Schema>>, path: string): FormData {
  if (path === '/v1/datasets' && draw.chance(0.3))
    return draw.chance(0.5) ? vqaForm(`fuzz ${draw.integer(20)}`, 1 + draw.integer(4)) : retrievalForm(`fuzz ${draw.integer(20)}`)
  const form = new FormData()
  const format = draw.pick(['karpathy', 'vqa-v2', 'coco-captions', 'items-jsonl', 'nlvr2', 'coin', 'msvd-captions', 'none'])
  const bytes = (good: Uint8Array): Uint8Array<ArrayBuffer> => {
    const copy = new Uint8Array(good)
    if (draw.chance(0.3))
      for (let times = draw.integer(8); times > 0; times--) copy[draw.integer(copy.length)] = draw.integer(256)
    return draw.chance(0.1) ? copy.slice(0, draw.integer(copy.length + 1)) : copy
  }
  const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
  const GOOD: Record<string, () => (string | File)[]> = {
    name: () => [draw.pick([`fuzz ${draw.integer(20)}`, '', '😀', 'x'.repeat(200)])],
    format: () => [format],
    split: () => [draw.pick(['test', 'val', '', 'training'])],
    purpose: () => [draw.pick(['evals', 'evals', 'evals', 'vision', ''])],
    text: () => Array.from({ length: draw.integer(4) }, () => draw.pick(['a dog', '', '😀', 'x'.repeat(9000), '\u0000'])),
    classify: () => [
      draw.pick(['{"labels":["a","b"]}', '{"labels":["a"]}', '{', '[]', '{"labels":["a","b"],"templates":["x"]}']),
    ],
    model: () => [draw.pick(['assay-clip', 'none', ''])],
    variant: () => [draw.pick(['cosine', 'clipscore-2.5', 'none'])],
    annotations: () => [
      new File(
        [bytes(encode(format === 'vqa-v2' ? vqaFiles(2).annotations : draw.pick<unknown>([karpathyFile(2), '[]', '{}'])))],
        'a.json',
      ),
    ],
    questions: () => [new File([bytes(encode(vqaFiles(2).questions))], 'q.json')],
    images: () => pictures(2).map(({ name, bytes: picture }) => new File([bytes(picture)], draw.chance(0.9) ? name : '')),
    image: () => [new File([bytes(samplePng(draw.integer(5)))], 'a.png')],
    file: () => [new File([bytes(encode('[]'))], draw.pick(['a.json', '', '../a', '😀', 'x'.repeat(300)]))],
    data: () => [new File(['abcd'.slice(0, draw.integer(5))], 'part')],
  }
  for (const name of Object.keys(fields)) {
    // A format's requirements are optional in the form, and rarely met by chance.
    const needed =
      path === '/v1/datasets' ? (format !== 'vqa-v2' && name === 'questions' ? 0.1 : 0.85) : name === 'classify' ? 0.3 : 0.85
    if (!draw.chance(needed)) continue
    for (const value of GOOD[name]?.() ?? ['x']) form.append(name, value)
    if (draw.chance(0.03)) form.append(name, 'again')
  }
  if (draw.chance(0.05)) form.append(draw.pick(['unknown', '__proto__', '', 'a"b']), 'x')
  return form
}

function shown(number: number, { method, path, headers, body }: Request): string {
  const { authorization: _, ...rest } = headers
  const text =
    body === null ? '' : typeof body === 'string' ? body : body instanceof FormData ? `form ${[...body.keys()].join()}` : 'bytes'
  return `#${number} ${method} ${path.slice(0, 200)} ${JSON.stringify(rest).slice(0, 200)} ${text.slice(0, 1000)}`
}
