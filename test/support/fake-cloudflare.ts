/**
 * The part of Cloudflare's REST API that wrangler 4.164.0 uses to deploy Assay, in memory. wrangler talks to
 * it where `CLOUDFLARE_API_BASE_URL` names it.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

const ACCOUNT = 'a'.repeat(32)

type Json = Record<string, unknown>

export interface FakeAccount {
  readonly databases: { uuid: string; name: string; queries: string[] }[]
  readonly namespaces: { id: string; title: string }[]
  readonly buckets: { name: string }[]
  readonly queues: { queue_id: string; queue_name: string; consumers: Json[] }[]
  /** Uploads of the Worker, the oldest first: the metadata of each. */
  readonly versions: { id: string; worker: string; metadata: { bindings: Json[] } & Json }[]
  readonly secrets: Map<string, string>
  /** `METHOD path` of each request without the account. */
  readonly requests: string[]
  /** Requests that had no answer here. */
  readonly unknown: string[]
}

export interface FakeCloudflare {
  readonly account: FakeAccount
  /** For wrangler. */
  readonly environment: Record<string, string>
  close(): void
}

interface Call {
  readonly method: string
  /** Below the account. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
  readonly type: string
}

/** An answer: the result, or a refusal. */
type Reply = { result: unknown } | { status: number; code: number; message: string }

const found = (result: unknown): Reply => ({ result })
const absent = (code: number, message: string): Reply => ({ status: 404, code, message })

export async function startFakeCloudflare(): Promise<FakeCloudflare> {
  const account: FakeAccount = {
    databases: [],
    namespaces: [],
    buckets: [],
    queues: [],
    versions: [],
    secrets: new Map(),
    requests: [],
    unknown: [],
  }
  const server = createServer((request, response) => {
    void read(request).then(async (call) => {
      account.requests.push(`${call.method} ${call.path}`)
      const reply = (await answer(account, call)) ?? absent(7003, 'not in this fake')
      if ('message' in reply && reply.code === 7003) account.unknown.push(`${call.method} ${call.path}`)
      const ok = 'result' in reply
      response.writeHead(ok ? 200 : reply.status, { 'content-type': 'application/json' })
      const errors = ok ? [] : [{ code: reply.code, message: reply.message }]
      const info = { page: 1, per_page: 100, total_pages: 1, count: 0, total_count: 0 }
      response.end(JSON.stringify({ success: ok, errors, messages: [], result: ok ? reply.result : null, result_info: info }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    account,
    environment: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      CLOUDFLARE_API_TOKEN: 'fake',
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    },
    close: () => void server.close(),
  }
}

async function read(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { pathname, searchParams } = new URL(request.url!, 'http://fake')
  return {
    method: request.method!,
    path: pathname.replace(`/accounts/${ACCOUNT}`, ''),
    query: searchParams,
    body: Buffer.concat(chunks),
    type: request.headers['content-type'] ?? '',
  }
}

async function answer(account: FakeAccount, call: Call): Promise<Reply | undefined> {
  const { method, path } = call
  if (path === '/user') return found({ id: 'user', email: 'someone@example.com' })
  if (path === '/user/tokens/verify') return found({ id: 'token', status: 'active' })
  if (path === '/accounts') return found([{ id: ACCOUNT, name: 'Test' }])
  if (path === '/memberships') return found([{ account: { id: ACCOUNT, name: 'Test' } }])
  if (path.startsWith('/d1/')) return database(account, call)
  if (path.startsWith('/storage/kv/namespaces')) return namespaces(account, call)
  if (path.startsWith('/r2/buckets')) return buckets(account, call)
  if (path === '/graphql') return found({})
  if (path.startsWith('/queues')) return queues(account, call)
  if (path.startsWith('/workers/')) return worker(account, call)
  if (method === 'GET' && path === '/zones') return found([])
  return undefined
}

const json = ({ body }: Call): Json => JSON.parse(body.toString()) as Json

function database({ databases }: FakeAccount, call: Call): Reply | undefined {
  const { method, path } = call
  if (path === '/d1/database' && method === 'GET')
    return found(databases.map(({ uuid, name }) => ({ uuid, name, version: 'production' })))
  if (path === '/d1/database') {
    const made = { uuid: randomUUID(), name: String(json(call)['name']), queries: [] }
    databases.push(made)
    return found({ uuid: made.uuid, name: made.name, version: 'production' })
  }
  const [, , , uuid, rest, last] = path.split('/')
  const one = databases.find((each) => each.uuid === uuid)
  if (one === undefined) return absent(7404, `The database ${uuid} could not be found`)
  if (rest === undefined) return found({ uuid: one.uuid, name: one.name, version: 'production' })
  if (rest === 'time_travel' && last === 'bookmark') return found({ bookmark: `bookmark-after-${one.queries.length}-queries` })
  if (rest !== 'query') return undefined
  const sql = String(json(call)['sql'])
  one.queries.push(sql)
  const applied = one.queries.flatMap((query) => [
    ...query.matchAll(/INSERT INTO d1_migrations \(name\)\s*values \('([^']+)'\)/gi),
  ])
  const results = /SELECT .* FROM d1_migrations/i.test(sql)
    ? applied.map(([, name], index) => ({ id: index + 1, name, applied_at: 'now' }))
    : []
  return found([{ success: true, results, meta: { duration: 1 } }])
}

function namespaces({ namespaces: all }: FakeAccount, call: Call): Reply {
  if (call.method === 'GET') return found(Number(call.query.get('page') ?? 1) > 1 ? [] : all)
  const made = { id: randomUUID().replaceAll('-', ''), title: String(json(call)['title']) }
  all.push(made)
  return found(made)
}

function buckets({ buckets: all }: FakeAccount, call: Call): Reply {
  const name = call.path.split('/')[3]
  if (call.method === 'POST') {
    all.push({ name: String(json(call)['name']) })
    return found({})
  }
  if (name === undefined) return found({ buckets: all })
  const one = all.find((each) => each.name === name)
  return one === undefined ? absent(10_006, 'The specified bucket does not exist.') : found(one)
}

function queues({ queues: all }: FakeAccount, call: Call): Reply | undefined {
  const { method, path, query } = call
  const shape = (one: (typeof all)[number]) => ({
    ...one,
    producers: [],
    producers_total_count: 0,
    consumers_total_count: one.consumers.length,
    created_on: 'now',
    modified_on: 'now',
    settings: {},
  })
  if (path === '/queues' && method === 'GET') {
    const names = query.getAll('name')
    return found(all.filter(({ queue_name: name }) => names.length === 0 || names.includes(name)).map(shape))
  }
  if (path === '/queues') {
    const made = { queue_id: randomUUID().replaceAll('-', ''), queue_name: String(json(call)['queue_name']), consumers: [] }
    all.push(made)
    return found(shape(made))
  }
  const [, , id, rest, consumer] = path.split('/')
  const one = all.find((each) => each.queue_id === id)
  if (one === undefined) return absent(10_007, 'no such queue')
  if (rest !== 'consumers') return found(shape(one))
  if (method === 'GET') return found(one.consumers)
  const written = { ...json(call), consumer_id: consumer ?? randomUUID(), script: json(call)['script_name'], type: 'worker' }
  const others = one.consumers.filter((each) => each['consumer_id'] !== consumer)
  one.consumers.splice(0, one.consumers.length, ...others, written)
  return found(written)
}

async function worker(account: FakeAccount, call: Call): Promise<Reply | undefined> {
  const { method, path } = call
  const { versions, secrets } = account
  if (path === '/workers/subdomain') return found({ subdomain: 'someone' })
  const [, , kind, name, rest, id] = path.split('/')
  const own = versions.filter((version) => version.worker === name)
  const newest = own.at(-1)
  const missing = absent(10_007, 'This Worker does not exist on your account.')
  if (kind === 'services')
    return newest === undefined
      ? missing
      : found({
          id: name,
          default_environment: {
            environment: 'production',
            script: { last_deployed_from: 'wrangler', tag: 't', tags: null, etag: 'e' },
          },
        })
  if (kind === 'workers')
    return newest === undefined
      ? absent(10_007, 'workers.api.error.script_not_found')
      : found({ id: 't', name, subdomain: { enabled: true, previews_enabled: false } })
  if (kind !== 'scripts') return undefined
  if (rest === undefined && method === 'PUT') return found(await upload(account, name!, call))
  if (rest === 'assets-upload-session') return found({ jwt: 'uploaded', buckets: [] })
  if (newest === undefined) return missing
  switch (rest) {
    case undefined:
      return found({ id: name, etag: 'e' })
    case 'versions':
      if (method === 'POST') return found(await upload(account, name!, call))
      return id === undefined
        ? found({ items: own.map(versionShape) })
        : found(versionShape(own.find((version) => version.id === id)!))
    case 'deployments':
      return found({
        deployments: [
          {
            id: 'd',
            created_on: 'now',
            author_email: 'x',
            source: 'wrangler',
            strategy: 'percentage',
            versions: [{ version_id: newest.id, percentage: 100 }],
          },
        ],
        id: 'd',
      })
    case 'secrets':
      return found([...secrets.keys()].map((key) => ({ name: key, type: 'secret_text' })))
    case 'subdomain':
      return found({ enabled: true, previews_enabled: false })
    case 'schedules':
      return found({ schedules: [{ cron: '* * * * *' }] })
    case 'domains':
      return found(method === 'GET' ? [] : { added: [], removed: [], updated: [], conflicting: [] })
    case 'script-settings':
      return found({})
    case 'settings':
      return found({ bindings: newest.metadata.bindings, tags: [] })
    default:
      return undefined
  }
}

const versionShape = ({ id, metadata }: FakeAccount['versions'][number]) => ({
  id,
  metadata: { created_on: '2026-11-29T00:00:00Z', author_email: 'x', source: 'wrangler' },
  resources: {
    script: { etag: 'e' },
    script_runtime: {},
    bindings: metadata.bindings.filter(({ type }) => type !== 'secret_text'),
  },
})

/** Keeps the metadata of a multipart upload, and its secrets apart. */
async function upload({ versions, secrets }: FakeAccount, name: string, { body, type }: Call): Promise<Json> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const metadata = JSON.parse(form.get('metadata') as string) as FakeAccount['versions'][number]['metadata']
  for (const { type: kind, name: secret, text } of metadata.bindings)
    if (kind === 'secret_text') secrets.set(String(secret), String(text))
  const version = { id: randomUUID(), worker: name, metadata }
  versions.push(version)
  return {
    id: version.id,
    deployment_id: version.id,
    etag: 'e',
    startup_time_ms: 20,
    tag: 't',
    entry_point: 'index.js',
    metadata: { has_preview: false },
    resources: {},
    default_environment: { script: { last_deployed_from: 'wrangler' } },
  }
}
