/** An endpoint in a specification: its name, and the digest of its address. */
import { expect, test, vi } from 'vitest'
import type { DatasetVersion } from '../../../../src/contracts/dataset.ts'
import { sha256Hex } from '../../../../src/contracts/digest.ts'
import { DEFAULT_SETTINGS } from '../../../../src/contracts/endpoint.ts'
import { modelName } from '../../../../src/contracts/model.ts'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { EndpointRecord } from '../../../../src/contracts/records.ts'
import { type EndpointKindParts, endpointKind } from '../../../../src/models/endpoint/kind.ts'
import { createEndpointSecrets } from '../../../../src/models/endpoint/endpoint-secrets.ts'

const version = { task: 'vqa', images: 4 } as DatasetVersion
const reference = { type: 'endpoint', endpoint: 'gpu', model: 'llava' } as const
const record: EndpointRecord = {
  name: 'gpu',
  baseUrl: 'https://gpu.example.com/v1',
  kind: 'chat',
  model: null,
  secretName: null,
  timeoutMs: 1000,
  maxAttempts: 1,
  concurrency: 2,
  settings: DEFAULT_SETTINGS,
  createdAt: 0,
}

const PICTURE = { sha256: 'a'.repeat(64), media_type: 'image/png', bytes: 3, width: 1, height: 1 } as const

/** Calls that nothing pays for. */
const unpaid: EndpointKindParts['calls'] = {
  ledger: {
    begin: () => Promise.reject(new Error('nothing is asked here')),
    settle: async () => {},
    unlist: async () => {},
    received: async () => {},
  },
  ledgers: {
    settings: async (_tenant, run) => ({ cache: 'auto', answersOf: run, maxRequests: null, maxCostNano: null }),
    callsOf: async () => [],
  },
  answers: { read: async () => null, keep: async (_tenant, _key, body) => body },
  newId: () => 'call',
}

function kindAt(baseUrl: string, parts: Partial<EndpointKindParts> = {}) {
  return endpointKind.connect({
    endpoints: { find: async () => ({ ...record, baseUrl }) },
    datasets: {
      open: () => Promise.reject(new Error('nothing is read here')),
      whileStoring: (_tenant, _kind, _digest, store) => store(),
    },
    files: {} as EndpointKindParts['files'],
    uploads: { putAnswers: async () => {}, readAnswers: async () => [] },
    admit: (_bytes, task) => task(),
    readResultsOf: () => null,
    secrets: createEndpointSecrets('main', () => undefined),
    egress: { fetch: () => Promise.reject(new Error('nothing is asked here')) },
    readImage: () => Promise.reject(new Error('nothing is read here')),
    scalePicture: () => Promise.reject(new Error('nothing is scaled here')),
    turnsOf: () => ({ take: async () => ({ kind: 'go' }), giveBack: async () => {}, report: async () => {} }),
    calls: unpaid,
    links: { check: () => {}, url: async () => '', open: async () => null },
    submissionFiles: () => {
      throw new Error('nothing is submitted here')
    },
    sign: async () => ({}),
    sleep: async () => {},
    random: () => 0,
    now: () => 0,
    ...parts,
  })
}

const resolve = (baseUrl: string, dataset = version, more: { prompt?: string; revision?: string } = {}) =>
  kindAt(baseUrl).resolve({ tenant: 't', dataset, reference: { ...reference, ...more }, count: 1 })

/** The identity of endpoint `gpu` at an address. */
const identityAt = async (baseUrl: string) => (await resolve(baseUrl)).identity

test('an endpoint is identified by its name and the digest of its address', async () => {
  expect(await resolve('https://gpu.example.com/v1?key=secret')).toMatchObject({
    identity: {
      type: 'endpoint',
      endpoint: 'gpu',
      address_digest: await sha256Hex('https://gpu.example.com/v1/?key=secret'),
      model: 'llava',
      prompt: '{{item.question}}\nAnswer the question using a single word or phrase.',
      sampling: {},
    },
    queue: 'endpoint',
    concurrency: 2,
  })
})

test('a revision is part of the identity and of the model’s name', async () => {
  const { identity } = await resolve('https://gpu.example.com/v1', version, { revision: '4f2a1c' })
  expect(identity).toMatchObject({ model: 'llava', revision: '4f2a1c' })
  expect(modelName(identity)).toBe('gpu/llava@4f2a1c')
  expect(await identityAt('https://gpu.example.com/v1')).not.toHaveProperty('revision')
})

test.each([
  'https://gpu.example.com/v1/',
  'https://gpu.example.com/v1//',
  'https://GPU.example.com/v1',
  'https://gpu.example.com:443/v1',
])('%s is the same address as without the trimmings', async (address) => {
  expect(await identityAt(address)).toEqual(await identityAt('https://gpu.example.com/v1'))
})

test.each([
  'https://gpu2.example.com/v1',
  'https://gpu.example.com/v2',
  'https://gpu.example.com/V1',
  'https://gpu.example.com/v1?region=eu',
  'https://gpu.example.com:8443/v1',
])('%s is another', async (address) => {
  expect(await identityAt(address)).not.toEqual(await identityAt('https://gpu.example.com/v1'))
})

test('a prompt without the question is refused, naming its field', async () => {
  await expect(resolve(record.baseUrl, version, { prompt: 'What?' })).rejects.toMatchObject({
    failure: {
      errors: [{ pointer: '/data_source/subject/prompt', detail: expect.stringContaining('{{item.question}}') as string }],
    },
  })
})

test('an endpoint that does not exist is a 404 that names its field', async () => {
  const find = () => Promise.reject(new Fault({ kind: 'not_found', resource: 'endpoint', id: 'gpu' }))
  const missing = kindAt(record.baseUrl, { endpoints: { find } })
  await expect(missing.resolve({ tenant: 't', dataset: version, reference, count: 1 })).rejects.toMatchObject({
    failure: { kind: 'not_found', pointer: '/data_source/subject/endpoint' },
  })
})

test('a dataset without pictures is refused before a run is stored', async () => {
  const { prepare } = await resolve(record.baseUrl, { ...version, images: 0 })
  await expect(prepare()).rejects.toMatchObject({ failure: { errors: [{ pointer: '/data_source/dataset' }] } })
  await expect((await resolve(record.baseUrl)).prepare()).resolves.toBeUndefined()
})

test('a run keeps the address it was planned for', async () => {
  const run = { id: 'evalrun_1', tenant: 't', datasetId: 'ds', spec: {} as never }
  const identity = (await resolve('https://gpu.example.com/v1')).identity as never
  const range = { first: 0, end: 1 }
  expect(await kindAt('https://gpu.example.com/v1/').open({ run, identity, range })).toMatchObject({ concurrency: 2 })
  await expect(kindAt('https://gpu2.example.com/v1').open({ run, identity, range })).rejects.toThrow(
    'evalrun_1 was planned for another address of endpoint gpu',
  )
})

test('secrets belong to the tenant that deployed the Worker', () => {
  const binding = vi.fn((name: string) => (name === 'ENDPOINT_SECRET_GPU' || name === 'SECRETS_KEY' ? 'sk-1' : undefined))
  const secrets = createEndpointSecrets('main', binding)
  const naming = (secretName: string | null) => ({ name: 'gpu', secretName })
  expect(secrets.open('main', naming('ENDPOINT_SECRET_GPU'))).toBe('sk-1')
  expect(secrets.open('other', naming(null))).toBeUndefined()
  expect(() => secrets.open('other', naming('ENDPOINT_SECRET_GPU'))).toThrow('which is not set')
  expect(() => secrets.open('main', naming('ENDPOINT_SECRET_TPU'))).toThrow('which is not set')
  // No other binding can be sent anywhere, even if an old record names it.
  expect(() => secrets.open('main', naming('SECRETS_KEY'))).toThrow('which is not set')
  expect(binding).not.toHaveBeenCalledWith('SECRETS_KEY')

  expect(() => secrets.check('main', 'ENDPOINT_SECRET_GPU', '/secret_name')).not.toThrow()
  expect(() => secrets.check('main', 'ENDPOINT_SECRET_TPU', '/secret_name')).toThrow('wrangler secret put ENDPOINT_SECRET_TPU')
  expect(() => secrets.check('other', 'ENDPOINT_SECRET_GPU', '/secret_name')).toThrow('first tenant')
})

test('an embeddings endpoint is another kind of subject, and takes no prompt', async () => {
  const settings = { ...DEFAULT_SETTINGS, embeddings: { images: 'messages', encoding: 'float' } } as const
  const clip = { ...record, kind: 'embeddings', model: 'clip-vit-l', settings } as const
  const kind = kindAt(record.baseUrl, { endpoints: { find: async () => clip } })
  const ask = (more: object) =>
    kind.resolve({ tenant: 't', dataset: version, reference: { type: 'endpoint', endpoint: 'gpu', ...more }, count: 1 })
  const { identity, supports } = await ask({})
  expect(identity).toMatchObject({ type: 'endpoint', kind: 'embeddings', model: 'clip-vit-l', picture_input: 'messages' })
  expect(Object.keys(identity)).not.toContain('prompt')
  expect(supports('retrieval', 'embeddings')).toBe(true)
  await expect(ask({ prompt: '{{item.question}}' })).rejects.toMatchObject({
    failure: { errors: [{ pointer: '/data_source/subject/prompt' }] },
  })
})

test('captions of another system are embedded in place of the references', async () => {
  const clip = { ...record, kind: 'embeddings', model: 'clip' } as const
  const bytes = new TextEncoder().encode('a file of captions')
  const digest = await sha256Hex(bytes)
  const stored = new Map<string, unknown>()
  const asked: string[] = []
  const item = { task: 'caption', id: '1', cluster: '1', image: PICTURE, position: 0, references: ['a reference'] }
  const file = { id: 'file-1', sha256: digest, bytes: bytes.length, filename: 'c', expiresAt: null, createdAt: 0 }
  const kind = kindAt(record.baseUrl, {
    endpoints: { find: async (_tenant, name) => (name === 'gpu' ? clip : { ...record, name }) },
    files: {
      find: async () => file,
      open: async () => ({ bytes: bytes.length, read: async () => bytes.slice() }),
    } as unknown as EndpointKindParts['files'],
    datasets: {
      open: async () => ({ version: dataset, items: async () => [item] }) as never,
      whileStoring: (_tenant, _kind, _digest, store) => store(),
    },
    uploads: {
      putAnswers: async (_tenant, name, _dataset, answers) => void stored.set(name, answers),
      readAnswers: async (_tenant, name) => stored.get(name) as never,
    },
    readResultsOf: () => (text) => new Map([['1', `${text}: a dog`]]),
    readImage: async () => new Uint8Array(3),
    calls: {
      ...unpaid,
      ledger: { begin: async () => 'admitted', settle: async () => {}, unlist: async () => {}, received: async () => {} },
    },
    egress: {
      fetch: async (_url, { body }) => {
        asked.push(new TextDecoder().decode(body as Uint8Array))
        return {
          status: 200,
          headers: new Headers(),
          bytes: new TextEncoder().encode('{"data":[{"index":0,"embedding":[1,0]}]}'),
        }
      },
    },
  })
  const dataset = {
    ...version,
    task: 'caption',
    tenant: 't',
    datasetId: 'd',
    digest: 'd',
    items: 1,
    source: {},
  } as DatasetVersion
  const captions = { file_id: 'file-1', name: 'my captioner' }
  const ask = (endpoint: string) =>
    kind.resolve({ tenant: 't', dataset, reference: { type: 'endpoint', endpoint, model: 'clip', captions }, count: 1 })
  const { identity, prepare } = await ask('gpu')
  expect(identity).toMatchObject({ kind: 'embeddings', captions: { name: 'my captioner', results_digest: digest } })
  expect(modelName(identity)).toBe('my captioner (gpu/clip)')
  await prepare()
  const run = { id: 'evalrun_1', tenant: 't', datasetId: 'd', spec: { dataset: { digest: 'd' } } as never }
  const model = await kind.open({ run, identity: identity as never, range: { first: 0, end: 1 } })
  const { output, evidence } = await model.run({ item, output: 'embeddings' })
  expect(output).toMatchObject({ kind: 'embeddings', texts: [{ vector: Float32Array.of(1, 0) }] })
  expect(evidence).toMatchObject({ caption: 'a file of captions: a dog' })
  expect(JSON.parse(asked[1]!)).toMatchObject({ input: ['a file of captions: a dog'] })
  await expect(ask('chat')).rejects.toMatchObject({
    failure: {
      errors: [{ pointer: '/data_source/subject/captions', detail: expect.stringContaining('kind embeddings') as string }],
    },
  })
})

test('a run that names no model gets the endpoint’s, and is refused where there is none', async () => {
  const withoutModel = { type: 'endpoint', endpoint: 'gpu' } as const
  const own = kindAt(record.baseUrl, { endpoints: { find: async () => ({ ...record, model: 'own' }) } })
  const request = { tenant: 't', dataset: version, reference: withoutModel, count: 1 }
  expect((await own.resolve(request)).identity).toMatchObject({ model: 'own' })
  await expect(kindAt(record.baseUrl).resolve(request)).rejects.toMatchObject({
    failure: { errors: [{ pointer: '/data_source/subject/model' }] },
  })
})

test('an endpoint that takes no pictures is refused for a task with one', async () => {
  const settings = { ...DEFAULT_SETTINGS, capabilities: { images: 0, logprobs: false } }
  const blind = kindAt(record.baseUrl, { endpoints: { find: async () => ({ ...record, settings }) } })
  const { supports } = await blind.resolve({ tenant: 't', dataset: version, reference, count: 1 })
  expect(supports('vqa', 'text')).toBe('endpoint gpu takes 0 pictures per request (capabilities.images), and vqa items have 1')
})
