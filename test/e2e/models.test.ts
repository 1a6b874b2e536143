/**
 * Models that somebody brings, from the terminal to a score over HTTP: in the Worker that answers, with its
 * texts embedded beforehand, and too large for one isolate, its halves in two Workers behind service
 * bindings.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildWorker, MAXIMUM_BYTES } from '../../scripts/build.ts'
import { makeKey } from '../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'
import { TOWER_CONFIG, TOWER_DIST } from '../../scripts/paths.ts'
import { runModels } from '../../src/cli/models/run-models.ts'
import { ISOLATE_BYTES, MODEL_BUDGET } from '../../src/contracts/memory-budget.ts'
import { modelManifest } from '../../src/contracts/model-manifest.ts'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import { createTokenizer } from '../../src/text/tokenizer.ts'
import { BROUGHT, type Reference, served } from '../support/brought-model.ts'
import { startHub } from '../support/hub-server.ts'
import { meanTower } from '../support/tiny-onnx.ts'
import { writeSplitModel } from '../support/split-model.ts'

const key = makeKey()
let server: LocalServer
let home: string
let reference: Reference
let picture: Uint8Array
/** A text each, the last one too long. */
let texts: readonly string[]

beforeAll(async () => {
  await buildWorker(TOWER_DIST, MAXIMUM_BYTES, TOWER_CONFIG)
  home = await mkdtemp(join(tmpdir(), 'assay-models-'))
  server = await startLocalServer({ bindings: key.bindings, allowLoopback: true, scheduleEvery: 0, towers: TOWER_DIST })
  reference = JSON.parse(await readFile(join(BROUGHT, 'clip-tiny/reference.json'), 'utf8')) as Reference
  picture = Uint8Array.from(Buffer.from(reference.picture, 'base64'))
  texts = reference.texts.map(({ text }) => text)
})

afterAll(async () => {
  await server?.stop()
  if (home !== undefined) await rm(home, { recursive: true })
})

async function assay(...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const status = await runModels([...argv, '--server', server.url, '--key', key.key], {
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
    work: home,
    environment: {},
  })
  return { status, ...said }
}

function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${key.key}`, ...(init.headers as Record<string, string>) }
  return fetch(`${server.url}${path}`, { ...init, headers })
}

function score(model: string, asked: readonly string[], headers: Record<string, string> = {}): Promise<Response> {
  const image = `data:image/png;base64,${reference.picture}`
  const body = JSON.stringify({ model, image, texts: asked, variant: 'cosine' })
  return request('/v1/score', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
}

async function cosines(model: string, asked: readonly string[]): Promise<number[]> {
  const response = await score(model, asked)
  expect(response.status, await response.clone().text()).toBe(200)
  return ((await response.json()) as { data: { cosine: number }[] }).data.map(({ cosine }) => cosine)
}

/** The results of the same files in Node. */
async function expected(id: string, asked: readonly string[]): Promise<number[]> {
  const folder = join(home, 'models', id)
  const { placement: _, ...manifest } = modelManifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
  const model: DualEncoder = await served(manifest, folder)
  const { vector } = await model.embedImage(picture)
  const found: number[] = []
  for (const text of asked) {
    const embedded = (await model.embedText(text)).vector
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * b[index]!, 0)
    found.push(dot(vector, embedded) / Math.sqrt(dot(vector, vector)) / Math.sqrt(dot(embedded, embedded)))
  }
  return found
}

function expectClose(ours: readonly number[], theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length)
  for (const [index, value] of ours.entries()) expect(Math.abs(value - theirs[index]!)).toBeLessThan(1e-12)
}

test('a text without a usable vector: a 422 that names it, and in a run only that sample is errored', async () => {
  const folder = join(home, 'faulty')
  await cp(join(BROUGHT, 'clip-tiny'), folder, { recursive: true })
  const json: unknown = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
  const [, bad] = createTokenizer(json, { maxLength: 20 }).encode('zebra').ids
  const tower = meanTower({ vocabulary: 622, dimensions: 24, length: 20, rows: { [bad!]: Number.NaN } })
  await writeFile(join(folder, 'onnx/text_model.onnx'), tower)
  const { status, stderr } = await assay('add', folder, '--id', 'faulty', '--logit-scale', '100', '--pad-id', '1')
  expect(status, stderr).toBe(0)

  const refused = await score('faulty', ['a dog', 'zebra'])
  expect(refused.status).toBe(422)
  const { errors } = (await refused.json()) as { errors: { pointer: string; detail: string }[] }
  expect(errors).toEqual([{ pointer: '/texts/1', detail: expect.stringContaining('not finite') as string }])
  await cosines('faulty', ['a dog', 'a cat'])

  const form = new FormData()
  form.set('name', 'faulty')
  form.set('format', 'karpathy')
  form.set('split', 'test')
  const images = ['a dog', 'zebra', 'a cat'].map((raw, at) => ({
    filename: `${at}.png`,
    imgid: at,
    split: 'test',
    sentids: [at],
    sentences: [{ raw, sentid: at, imgid: at, tokens: raw.split(' ') }],
  }))
  form.set('annotations', new Blob([JSON.stringify({ dataset: 'faulty', images })]), 'dataset.json')
  for (const { filename } of images) form.append('images', new Blob([picture]), filename)
  const dataset = (await (await request('/v1/datasets', { method: 'POST', body: form })).json()) as { id: string }
  const post = async (path: string, body: object) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return (await (await request(path, init)).json()) as { id: string }
  }
  const { id: evalId } = await post('/v1/evals', {
    name: 'faulty',
    data_source_config: { type: 'dataset', task: 'retrieval' },
    testing_criteria: [{ type: 'image_text_similarity', name: 'similarity', variant: 'cosine' }],
  })
  const subject = { type: 'edge_model', model: 'faulty' }
  // More may be errored here than a run tolerates by default; what is asked is which samples are.
  const run = await post(`/v1/evals/${evalId}/runs`, { data_source: { type: 'dataset', dataset: dataset.id, subject } })
  const items = async () => {
    await server.dispatchScheduled()
    const page = await request(`/v1/evals/${evalId}/runs/${run.id}/output_items`)
    return ((await page.json()) as { data: { status: string }[] }).data.map((item) => item.status)
  }
  await expect.poll(async () => (await items()).filter((each) => each === 'error').length).toBe(1)
  expect(await items()).toHaveLength(3)
  expect((await assay('remove', 'faulty')).status).toBe(0)
})

describe('a model that fits', () => {
  test('comes from an address in the hub’s layout, and scores as in Node', async () => {
    const hub = await startHub(join(BROUGHT, 'clip-tiny'))
    const { status, stdout, stderr } = await assay('add', hub.address, '--id', 'clip-tiny', '--logit-scale', '100')
    await hub.stop()
    expect(status, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ id: 'clip-tiny', model_digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expectClose(await cosines('clip-tiny', texts), await expected('clip-tiny', texts))
  })

  test('is listed and described to its tenant only', async () => {
    expect((await assay('list')).stdout).toMatch(
      /^assay-clip\t.*\nassay-photo\t.*\nclip-tiny\t[0-9a-f]{12}\t[0-9a-f]{12}\tapache-2\.0\there$/m,
    )
    const described = (await (await request('/v1/models/clip-tiny')).json()) as { manifest: { scoring: unknown } }
    expect(described.manifest.scoring).toEqual({ kind: 'softmax' })
    expect((await fetch(`${server.url}/v1/models/clip-tiny`)).status).toBe(404)
    expect((await score('clip-tiny', ['a'], { authorization: '' })).status).not.toBe(200)
  })

  test('is added once under its id', async () => {
    const again = await assay('add', join(BROUGHT, 'clip-tiny'), '--logit-scale', '100')
    expect(again).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/there is a model clip-tiny already; remove it first/),
    })
  })

  test('is removed with its files, and is then unknown', async () => {
    const manifest = modelManifest.parse(JSON.parse(await readFile(join(home, 'models/clip-tiny/manifest.json'), 'utf8')))
    const bucket = await server.mf.getR2Bucket('OBJECTS')
    expect(await bucket.head(`t/main/models/${manifest.vision.sha256}`)).not.toBeNull()
    expect((await assay('remove', 'clip-tiny')).status).toBe(0)
    expect((await score('clip-tiny', ['a'])).status).toBe(404)
    expect((await bucket.list({ prefix: 't/main/models/' })).objects).toEqual([])
    for (const id of ['clip-tiny', 'assay-clip'])
      expect((await assay('remove', id)).stderr).toContain(`404: no added model with id "${id}"`)
  })
})

test('SigLIP: padded texts, sigmoid scoring, and texts embedded beforehand give the bits of the tower', async () => {
  const folder = join(BROUGHT, 'siglip-tiny')
  const scale = ['--logit-scale', '10', '--logit-bias=-10']
  expect(await assay('add', folder, ...scale)).toMatchObject({ status: 0 })
  const whole = await cosines('siglip-tiny', texts)
  expectClose(whole, await expected('siglip-tiny', texts))

  const file = join(home, 'texts.jsonl')
  await writeFile(
    file,
    texts
      .slice(0, 3)
      .map((text) => JSON.stringify(text))
      .join('\n'),
  )
  expect(await assay('embed-texts', 'siglip-tiny', '--texts', file)).toMatchObject({ status: 0 })
  expect(await cosines('siglip-tiny', texts.slice(0, 3))).toEqual(whole.slice(0, 3))
  const missing = await score('siglip-tiny', [texts[0]!, 'a horse'])
  expect(missing.status).toBe(422)
  expect(await missing.json()).toMatchObject({
    errors: [{ pointer: '/texts/1', detail: expect.stringContaining('"a horse" is not one of them') }],
  })
})

describe('a model whose halves fit and whose whole does not', () => {
  let folder: string
  let bytes: { vision: number; text: number }

  beforeAll(async () => {
    folder = join(home, 'clip-split')
    bytes = await writeSplitModel(folder)
  })

  const onnxBytes = async (name: string): Promise<number> => {
    const worker = await server.mf.getWorker(name)
    return ((await (await worker.fetch('http://tower/memory')).json()) as { onnx_runtime_bytes: number }).onnx_runtime_bytes
  }

  test('is that', () => {
    expect(bytes.vision).toBeLessThan(MODEL_BUDGET.tower)
    expect(bytes.text).toBeLessThan(MODEL_BUDGET.tower)
    expect(bytes.vision + bytes.text).toBeGreaterThan(MODEL_BUDGET.answering)
  })

  test('is refused whole, before it is loaded, with the ways that fit', async () => {
    const { status, stderr } = await assay('add', folder, '--logit-scale', '100')
    expect(status).toBe(2)
    expect(stderr).toMatch(/the Worker that answers would need [\d.]+ MB for it and has [\d.]+ MB of its 128\.0 MB/)
    expect(stderr).toMatch(/It would fit with: --split both · --texts FILE/)
    expect(await readFile(join(home, 'models/clip-split/manifest.json')).catch(() => null)).toBeNull()
  })

  test('is also refused by the Worker, for every client', async () => {
    await assay('add', folder, '--logit-scale', '100', '--split', 'both')
    const { placement: _, ...manifest } = JSON.parse(await readFile(join(home, 'models/clip-split/manifest.json'), 'utf8')) as {
      placement: unknown
      id: string
    }
    const response = await request('/v1/models', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ manifest: { ...manifest, id: 'whole' } }),
    })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('the Worker that answers would need')
  })

  test('runs in two Workers, each within its isolate, with the numbers of one', async () => {
    const before = ((await (await request('/healthz')).json()) as { memory: { onnx_runtime_bytes: number } }).memory
    expectClose(await cosines('clip-split', texts), await expected('clip-split', texts))
    const after = ((await (await request('/healthz')).json()) as { memory: { onnx_runtime_bytes: number } }).memory
    // The answering Worker loaded none of it.
    expect(after.onnx_runtime_bytes).toBe(before.onnx_runtime_bytes)
    for (const [name, weights] of [
      ['vision-tower', bytes.vision],
      ['text-tower', bytes.text],
    ] as const) {
      const held = await onnxBytes(name)
      expect(held).toBeGreaterThan(weights)
      // Weights once, an empty runtime, activations: not the weights twice.
      expect(held).toBeLessThan(weights + 16.8e6 + 8e6)
      expect(held).toBeLessThan(ISOLATE_BYTES)
    }
  })
})
