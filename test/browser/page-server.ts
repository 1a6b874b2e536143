/**
 * `public/` over HTTP with the headers of `public/_headers` and a made-up API: for states of the page that a
 * healthy Worker does not show (errors, an empty or odd leaderboard, an exhausted budget).
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PUBLIC = fileURLToPath(new URL('../../public/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
}

export interface Answer {
  readonly status?: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Awaited before answering. */
  readonly after?: Promise<void>
}

/** The form of `POST /v1/score`. */
export interface Asked {
  /** As a `data:` URI. */
  readonly image: string
  /** Undefined without any. */
  readonly texts?: string[]
  /** Undefined to have one chosen. */
  readonly model?: string
  readonly classify?: { readonly labels: string[]; readonly templates: string[] }
  readonly question?: string
  readonly statement?: string
  readonly caption?: string
}

export interface FakeApi {
  leaderboard: () => Answer
  models: () => Answer
  /** A string is sent unchanged, for bytes that a digest covers. */
  report: (digest: string) => Answer
  score: (body: Asked) => Answer
  /** Without it, no metric has any. */
  erroredBounds?: () => Answer
  /** Without it, reports have no manifests. */
  manifests?: (digest: string) => Answer
  /** Without it, there are no keys. */
  signingKeys?: () => Answer
  /** @param last - the header `Last-Event-ID` */
  events?: (path: string, last: string | undefined, key: string | undefined) => Answer
}

export interface PageServer {
  readonly url: string
  stop(): Promise<void>
}

/** Serves on a free port of this machine; `api` may be changed while it runs. */
export async function startPageServer(api: FakeApi): Promise<PageServer> {
  const rules = parseHeaders(await readFile(join(PUBLIC, '_headers'), 'utf8'))
  const server = createServer((request, response) => {
    void answer(api, rules, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
}

async function answer(
  api: FakeApi,
  rules: readonly HeaderRule[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://page').pathname
  const given = await answerOfApi(api, path, request)
  if (given !== null) {
    const { status = 200, body, headers = {}, after } = given
    await after
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
    return
  }
  const name = normalize(path === '/' ? '/index.html' : decodeURIComponent(path))
  const found = name.startsWith('/_') ? null : await readFile(join(PUBLIC, name)).catch(() => null)
  for (const { matches, headers } of rules) if (matches(path)) for (const [key, value] of headers) response.setHeader(key, value)
  response.writeHead(found ? 200 : 404, {
    'content-type': found ? (TYPES[extname(name)] ?? 'text/plain') : 'text/html; charset=utf-8',
  })
  response.end(found ?? (await readFile(join(PUBLIC, '404.html'))))
}

async function answerOfApi(api: FakeApi, path: string, request: IncomingMessage): Promise<Answer | null> {
  if (path === '/v1/leaderboards') return api.leaderboard()
  if (path === '/v1/models') return api.models()
  if (path === '/v1/signing_keys') return api.signingKeys?.() ?? { body: { keys: [] } }
  if (/^\/v1\/evals\/.*\/events$/.test(path)) {
    const { 'last-event-id': last, authorization } = request.headers
    return api.events?.(path, last as string | undefined, authorization) ?? null
  }
  if (/^\/v1\/reports\/.*\/errored_bounds$/.test(path)) return api.erroredBounds?.() ?? { body: { object: 'list', data: [] } }
  const reported = /^\/v1\/reports\/(.*)\/manifests$/.exec(path)
  if (reported) return api.manifests?.(reported[1]!) ?? { body: { object: 'list', data: [] } }
  if (path.startsWith('/v1/reports/')) return api.report(path.slice('/v1/reports/'.length))
  return path === '/v1/score' ? api.score(await readForm(request)) : null
}

async function readForm(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const form = await new Response(Buffer.concat(chunks), { headers }).formData()
  const image = form.get('image') as File
  const texts = form.getAll('text') as string[]
  const classify = form.get('classify') as string | null
  const model = form.get('model') as string | null
  const others = ['question', 'statement', 'caption'].flatMap((field) => {
    const value = form.get(field)
    return value === null ? [] : [[field, value]]
  })
  return {
    image: `data:${image.type};base64,${Buffer.from(await image.arrayBuffer()).toString('base64')}`,
    ...(texts.length > 0 ? { texts } : {}),
    ...(model === null ? {} : { model }),
    ...(Object.fromEntries(others) as Pick<Asked, 'question' | 'statement' | 'caption'>),
    ...(classify === null ? {} : { classify: JSON.parse(classify) as NonNullable<Asked['classify']> }),
  }
}

interface HeaderRule {
  readonly matches: (path: string) => boolean
  readonly headers: readonly (readonly [string, string])[]
}

/** The part of Cloudflare's `_headers` format in use: paths with a trailing splat, then indented headers. */
function parseHeaders(text: string): HeaderRule[] {
  const rules: { matches: (path: string) => boolean; headers: [string, string][] }[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    if (/^\s/.test(line)) {
      const colon = line.indexOf(':')
      rules.at(-1)?.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()])
    } else {
      const pattern = line.trim()
      const prefix = pattern.replace(/\*$/, '')
      rules.push({ matches: (path) => (pattern.endsWith('*') ? path.startsWith(prefix) : path === pattern), headers: [] })
    }
  }
  return rules
}
