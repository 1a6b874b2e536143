/**
 * A server of its own for one test file, with one of everything that a request may name.
 * @module
 */
import { expect, vi } from 'vitest'
import { makeKey } from '../../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../../scripts/local-server.ts'
import { type EndpointServer, startEndpointServer } from '../../endpoint-server/server.ts'
import { samplePng } from '../../support/png.ts'
import { resultsForm, retrievalForm, vqaFiles, vqaForm } from '../../support/tiny-datasets.ts'
import { PATIENCE } from '../../support/patience.ts'
import { CLOSED, type Bodies, createBodies, ENDPOINT, type Ids } from './bodies.ts'
import type { Request } from './case.ts'
import { fileForm, formOf, json } from './forms.ts'

export interface World {
  /** Known once the world has started. */
  readonly ids: Ids
  /** The key that the server is started with. */
  readonly key: ReturnType<typeof makeKey>
  readonly bodies: Bodies
  /** Address of the server. */
  url(): string
  server(): LocalServer
  /** A key that may do everything. Several take turns: one alone may not ask so often in a minute. */
  administrator(): string
  send(method: string, path: string, request?: Request, bearer?: string | null): Promise<Response>
  start(): Promise<void>
  stop(): Promise<void>
}

export function createWorld(): World {
  const key = makeKey()
  const ids = {} as Ids
  const bodies = createBodies(ids)
  const administrators: string[] = []
  let turn = 0
  let sent = 0
  let server: LocalServer | undefined
  let slow: EndpointServer | undefined

  const world: World = {
    ids,
    key,
    bodies,
    url: () => server!.url,
    server: () => server!,
    administrator: () => administrators[turn++ % administrators.length]!,
    send(method, path, { headers = {}, body } = {}, bearer = world.administrator()) {
      // Each from a network of its own: so many wrong keys from one network would be refused unread.
      sent += 1
      const network = { 'cf-connecting-ip': `10.${sent >> 16}.${(sent >> 8) & 255}.${sent & 255}` }
      const authorization = bearer === null ? {} : { ...network, authorization: `Bearer ${bearer}` }
      return fetch(server!.url + path, {
        method,
        headers: { ...authorization, ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      })
    },
    async start() {
      slow = await startEndpointServer()
      slow.control({ failures: [{ delay_ms: 600_000, times: 1000 }] })
      server = await startLocalServer({
        allowLoopback: true,
        scheduleEvery: 0,
        bindings: { ...key.bindings, ANONYMOUS_DAILY_BUDGET: '3', ENDPOINT_SECRET_KNOWN: 'a secret of the deployment' },
      })
      for (let index = 0; index < 4; index++) {
        const response = await world.send('POST', '/v1/keys', json({ name: `turn ${index}`, role: 'admin' }), key.key)
        administrators.push(((await response.json()) as { key: string }).key)
      }
      await furnish(world, ids, server, slow)
    },
    async stop() {
      await server?.stop()
      await slow?.close()
    },
  }
  return world
}

/** Makes one of everything, and writes down its id. */
async function furnish(world: World, ids: { -readonly [Name in keyof Ids]: string }, server: LocalServer, slow: EndpointServer) {
  const { send, bodies } = world
  const { valid, resultsRun, endpointRun, runPath } = bodies
  const made = async (path: string, body: FormData | object): Promise<Record<string, string>> => {
    const response = await send('POST', path, body instanceof FormData ? { body } : json(body))
    const text = await response.text()
    expect(response.ok, `${path}: ${text}`).toBe(true)
    return JSON.parse(text) as Record<string, string>
  }
  const idOf = async (path: string, body: FormData | object): Promise<string> => (await made(path, body))['id']!

  ids.retrieval = await idOf('/v1/datasets', retrievalForm('bad-input-retrieval'))
  ids.vqa = await idOf('/v1/datasets', vqaForm('bad-input-vqa'))
  const withoutPictures = vqaForm('bad-input-pictureless')
  withoutPictures.delete('images')
  ids.pictureless = await idOf('/v1/datasets', withoutPictures)
  ids.retrievalEval = await idOf('/v1/evals', valid['POST /v1/evals']!())
  ids.vqaEval = await idOf('/v1/evals', {
    data_source_config: { type: 'dataset', task: 'vqa' },
    testing_criteria: [{ type: 'vqa_accuracy', name: 'vqa' }],
  })
  ids.scoreEval = await idOf('/v1/evals', {
    data_source_config: { type: 'dataset', task: 'vqa' },
    testing_criteria: [{ type: 'uploaded_score', name: 'score' }],
  })
  ids.file = await idOf('/v1/files', resultsForm(4))
  ids.tooFew = await idOf('/v1/files', resultsForm(3))
  ids.tooMany = await idOf('/v1/files', resultsForm(4, undefined, [{ question_id: 77, answer: 'yes' }]))
  ids.notJson = await idOf('/v1/files', fileForm('{"not": json'))
  ids.notUtf8 = await idOf('/v1/files', fileForm(new Uint8Array([0x5b, 0xff, 0x5d])))
  const official = vqaFiles(2)
  ids.questions = await idOf('/v1/files', fileForm(JSON.stringify(official.questions)))
  ids.annotations = await idOf('/v1/files', fileForm(JSON.stringify(official.annotations)))
  ids.import = await idOf('/v1/datasets', valid['POST /v1/datasets']!())
  ids.upload = await idOf('/v1/uploads', valid['POST /v1/uploads']!())
  ids.part = await idOf(`/v1/uploads/${ids.upload}/parts`, formOf({ data: new File(['abcd'], 'part') }))
  ids.cancelled = await idOf('/v1/uploads', valid['POST /v1/uploads']!())
  await made(`/v1/uploads/${ids.cancelled}/cancel`, {})
  ids.image = await idOf('/v1/images', formOf({ image: new Blob([new Uint8Array(samplePng(1))]) }))
  ids.completion = await idOf('/v1/chat/completions', { ...valid['POST /v1/chat/completions']!(), store: true })
  await made('/v1/endpoints', { name: ENDPOINT, base_url: `${slow.url}/v1`, timeout_ms: 120_000, concurrency: 64 })
  await made('/v1/endpoints', { name: CLOSED, base_url: 'http://127.0.0.1:9/v1', max_attempts: 1 })
  ids.endedRun = await idOf(`/v1/evals/${ids.vqaEval}/runs`, resultsRun(ids.file))
  ids.otherRun = await idOf(`/v1/evals/${ids.vqaEval}/runs`, resultsRun(ids.file))
  ids.openRun = await idOf(`/v1/evals/${ids.vqaEval}/runs`, endpointRun())
  const trigger = { name: 'hub', eval_id: ids.vqaEval, scheme: 'github', secret: 'sixteen characters', run: resultsRun(ids.file) }
  ids.trigger = await idOf('/v1/triggers', trigger)
  ids.target = await idOf('/v1/webhook_endpoints', { url: 'https://hooks.example.com/assay' })
  const member = await made('/v1/keys', { name: 'member' })
  ids.member = member['key']!
  ids.memberId = member['id']!
  const revoked = await made('/v1/keys', { name: 'revoked', role: 'admin' })
  expect((await send('DELETE', `/v1/keys/${revoked['id']}`)).status).toBe(200)
  ids.revoked = revoked['key']!
  ids.stranger = await strangersKey(server)

  const get = async <T>(path: string): Promise<T> => (await send('GET', path)).json() as Promise<T>
  await vi.waitFor(async () => {
    expect(await get(runPath(ids.endedRun))).toMatchObject({ status: 'completed' })
    expect(await get(runPath(ids.otherRun))).toMatchObject({ status: 'completed' })
    expect(await get(`/v1/dataset_imports/${ids.import}`)).toMatchObject({ status: 'completed' })
  }, PATIENCE)
  ids.report = (await get<{ report_digest: string }>(runPath(ids.endedRun))).report_digest
  ids.comparison = await idOf('/v1/comparisons', valid['POST /v1/comparisons']!())
  const items = await get<{ data: { id: string }[] }>(`${runPath(ids.endedRun)}/output_items`)
  ids.outputItem = items.data[0]!.id
  await vi.waitFor(() => expect(slow.requests.chatCount).toBe(4), PATIENCE)
}

/** Another tenant's administrator. No route makes a tenant. */
async function strangersKey(server: LocalServer): Promise<string> {
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
