/**
 * `POST /v1/score` in every form it may be asked, against the built Worker.
 * @module
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'
import { canonicalJson } from '../../src/contracts/canonical-json.ts'
import type { ClassifyResponse } from '../../src/http/routes/score/classify-schema.ts'
import type { ScoreResponse } from '../../src/http/routes/score/schema.ts'
import { labelEmbedding } from '../../src/metrics/label-embedding.ts'
import { rankLabels, scoringOf } from '../../src/scoring/zero-shot.ts'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import { nodeEdgeModel } from '../support/node-dual-encoder.ts'
import { samplePng } from '../support/png.ts'

const key = makeKey()
const picture = samplePng(7)
const uri = `data:image/png;base64,${Buffer.from(picture).toString('base64')}`

let server: LocalServer
let model: DualEncoder

beforeAll(async () => {
  ;[server, model] = await Promise.all([
    startLocalServer({ bindings: key.bindings, allowLoopback: true, scheduleEvery: 0 }),
    nodeEdgeModel(),
  ])
})
afterAll(() => server?.stop())

async function ask(
  body: FormData | object,
  headers: Record<string, string> = { authorization: `Bearer ${key.key}` },
): Promise<Response> {
  const isForm = body instanceof FormData
  const response = await fetch(`${server.url}/v1/score`, {
    method: 'POST',
    headers: { ...headers, ...(isForm ? {} : { 'content-type': 'application/json' }) },
    body: isForm ? body : JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return response
}

const classify = async (body: FormData | object): Promise<ClassifyResponse> =>
  (await ask(body)).json() as Promise<ClassifyResponse>

function form(fields: Record<string, string>, bytes = picture): FormData {
  const made = new FormData()
  made.set('image', new Blob([new Uint8Array(bytes)]), 'picture')
  for (const [name, value] of Object.entries(fields)) made.set(name, value)
  return made
}

describe('classify', () => {
  const labels = ['a cat', { label: 'noise', prompts: ['noise', 'a noisy picture', 'word '.repeat(60)] }, '猫', 'a circle']
  const request = { labels, templates: ['{}', 'a picture of {}', 'a drawing of {}'] }

  test('gives the same by multipart, data: URI and stored id: what the model, the prompts and the temperature say', async () => {
    const stored = (await (
      await fetch(`${server.url}/v1/images`, { method: 'POST', headers: { authorization: `Bearer ${key.key}` }, body: form({}) })
    ).json()) as { id: string }
    const named = { model: 'assay-clip' }
    const answer = await classify(form({ ...named, classify: JSON.stringify(request) }))
    expect(await classify({ ...named, image: uri, classify: request })).toEqual(answer)
    expect(await classify({ ...named, image: { id: stored.id }, classify: request })).toEqual(answer)
    // Labels that are cached by now, and a picture that is not.
    const other = await classify(form({ ...named, classify: JSON.stringify(request) }, samplePng(8)))
    expect(other.identity).toEqual(answer.identity)
    expect(other.truncated_prompts).toBe(1)
    expect(other.data.map(({ cosine }) => cosine)).not.toEqual(answer.data.map(({ cosine }) => cosine))

    const templated = (label: string) => [label, `a picture of ${label}`, `a drawing of ${label}`]
    const expanded = labels.map((entry) => (typeof entry === 'string' ? { label: entry, prompts: templated(entry) } : entry))
    const embeddings: Float64Array[] = []
    for (const entry of expanded) {
      const vectors = []
      for (const prompt of entry.prompts) vectors.push((await model.embedText(prompt)).vector)
      embeddings.push(labelEmbedding(vectors))
    }
    const scoring = scoringOf(model.manifest, false)
    const ranked = rankLabels((await model.embedImage(picture)).vector, embeddings, scoring)
    expect(answer.data).toEqual(
      ranked.map(({ rank, index, probability, cosine }) => ({
        rank,
        index,
        label: expanded[index]!.label,
        probability,
        cosine,
        prompts: 3,
        truncated: expanded[index]!.label === 'noise' ? 1 : 0,
        unknown_tokens: expect.any(Number),
      })),
    )
    const { kind, temperature, bias } = scoring
    const classifier = canonicalJson({ labels: expanded, ensemble: 'mean-of-unit-embeddings', kind, temperature, bias })
    const { model_digest, preprocessing_digest, runtime } = await model.identity()
    expect(answer).toMatchObject({
      object: 'classification',
      model: 'assay-clip',
      metric: 'zero_shot',
      variant: 'softmax',
      image: { sha256: createHash('sha256').update(picture).digest('hex'), width: 96, height: 80 },
      // No drawing, so it lies outside the model's domain.
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'out_of_domain' })]),
      calibrated: false,
      temperature,
      calibration: null,
      prompts: 12,
      truncated_prompts: 1,
      identity: {
        model_digest,
        preprocessing_digest,
        runtime,
        classifier_digest: createHash('sha256').update(classifier).digest('hex'),
      },
    })
    expect(answer.data.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12)
  })

  test('a thousand labels in one request, while other requests go on', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => `thing number ${index}`)
    const state = { answered: false }
    const answer = ask({ model: 'assay-clip', image: uri, classify: { labels: many } })
    const mark = () => void (state.answered = true)
    answer.then(mark, mark)
    // One after the other, each sent when the one before it was answered, until one is answered after the
    // thousand labels. A turn answers one at most, however fast the machine is; where none is given while
    // prompts are read, none or one comes before.
    let before = 0
    for (;;) {
      await (await fetch(`${server.url}/healthz`)).text()
      if (state.answered) break
      before++
    }
    const { data, prompts } = (await (await answer).json()) as ClassifyResponse
    expect(prompts).toBe(1000)
    // Of 31 turns; a request takes about two on its way.
    expect(before).toBeGreaterThanOrEqual(5)
    // Twice as many as are remembered, and half of them, which are: asked again they cost no inference.
    const half = { model: 'assay-clip', image: uri, classify: { labels: many.slice(0, 500) } }
    const first = await classify(half)
    const timed = await ask(half, { authorization: `Bearer ${key.key}`, 'x-assay-timings': '1' })
    expect(await timed.json()).toEqual(first)
    expect(timed.headers.get('server-timing')).not.toContain('infer_text')
    expect(data.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(many.map((_, index) => index))
  })
})

describe('without a model', () => {
  const photograph = readFileSync('fixtures/photos/images/european-honey-bee.jpg')
  const drawing = readFileSync('public/samples/sailboat.webp')
  const scored = async (bytes: Buffer, text: string) => (await (await ask(form({ text }, bytes))).json()) as ScoreResponse

  test('a photograph and a drawing go to the models for them, which say so and are calibrated', async () => {
    for (const [bytes, kind, chosen] of [
      [photograph, 'photograph', 'assay-photo'],
      [drawing, 'drawing', 'assay-clip'],
    ] as const) {
      const answer = await scored(bytes, 'a bee')
      expect(answer).toMatchObject({
        model: chosen,
        domain: { kind },
        model_choice: { kind, among: ['assay-clip', 'assay-photo'] },
        calibrated: true,
        warnings: [],
        range: { low: 0, high: 2.5 },
        data: [{ probability: 1 }],
      })
      expect(answer.identity.detector_digest).toMatch(/^[0-9a-f]{64}$/)
      const same = (await (await ask(form({ text: 'a bee', model: chosen }, bytes))).json()) as ScoreResponse
      expect(same).toEqual({ ...answer, model_choice: null })
    }
  })

  test('a photograph for the model of drawings, and words that it does not know, are scored with warnings', async () => {
    const made = form({ model: 'assay-clip' }, photograph)
    for (const text of ['парусник', 'кошка', '⛵', '', 'a bee']) made.append('text', text)
    const { warnings, calibrated, data } = (await (await ask(made)).json()) as ScoreResponse
    const told = warnings.map((one) => [one.code, 'index' in one ? one.index : null])
    expect(told).toEqual([
      ['out_of_domain', null],
      ['unknown_tokens', 0],
      ['unknown_script', 0],
      ['unknown_tokens', 1],
      ['unknown_script', 1],
      ['emoji_named', 2],
      ['empty_text', 3],
    ])
    expect([calibrated, data[0]!.score]).toEqual([false, data[1]!.score])
    expect(data.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12)
  })
})

describe('a picture that was embedded before', () => {
  const bytes = samplePng(11)
  const asked = () => form({ text: 'a red circle' }, bytes)

  async function answered(headers?: Record<string, string>): Promise<{ cache: string | null; body: string }> {
    const response = await ask(asked(), headers)
    return { cache: response.headers.get('cache-status'), body: await response.text() }
  }

  test('is not embedded again, and the answer has the same bytes', async () => {
    const first = await answered()
    const again = await answered()
    expect([first.cache, again.cache]).toEqual(['assay-embedding; fwd=miss; stored', 'assay-embedding; hit'])
    expect(again.body).toBe(first.body)
    // In every form of request, for every question.
    const uri = `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`
    const classified = await ask({ image: uri, classify: { labels: ['a circle', 'noise'] } })
    expect(classified.headers.get('cache-status')).toBe('assay-embedding; hit')
  })

  test('is new to every other tenant and visitor', async () => {
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
    const { body } = await answered()
    for (const headers of [
      { authorization: `Bearer ${other.key}` },
      { 'cf-connecting-ip': '203.0.113.1' },
      { 'cf-connecting-ip': '203.0.113.2' },
    ]) {
      const answers = [await answered(headers), await answered(headers)]
      expect(answers.map(({ cache }) => cache)).toEqual(['assay-embedding; fwd=miss; stored', 'assay-embedding; hit'])
      for (const answer of answers) expect(answer.body).toBe(body)
    }
  })

  test('and was refused is refused again, in the same words', async () => {
    const damaged = bytes.slice()
    damaged.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 64)
    const refusal = async (): Promise<unknown> => {
      const response = await fetch(`${server.url}/v1/score`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.key}` },
        body: form({ text: 'a red circle' }, damaged),
      })
      const { status, code, detail } = (await response.json()) as Record<string, unknown>
      return { status, code, detail }
    }
    const first = await refusal()
    expect(first).toMatchObject({ status: 422, code: expect.stringMatching(/^bad_image\./) })
    expect(await refusal()).toEqual(first)
  })
})

test('the model gets ready when the page asks for the leaderboard, and not before', async () => {
  const fresh = await startLocalServer({ bindings: key.bindings, scheduleEvery: 0 })
  try {
    const runtimeBytes = async (): Promise<number> => {
      const headers = { authorization: `Bearer ${key.key}` }
      const health = (await (await fetch(`${fresh.url}/healthz`, { headers })).json()) as {
        memory: { onnx_runtime_bytes: number }
      }
      return health.memory.onnx_runtime_bytes
    }
    expect(await runtimeBytes()).toBe(0)
    expect((await fetch(`${fresh.url}/v1/leaderboards`)).status).toBe(200)
    await expect.poll(runtimeBytes).toBeGreaterThan(0)
  } finally {
    await fresh.stop()
  }
})
