/**
 * Models that answer, against the built Worker: questions of `POST /v1/score` give the numbers of the same
 * files in Node.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey } from '../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'
import type { AnswerResponse, CaptionResponse, VerdictResponse } from '../../src/http/routes/score/question-schema.ts'
import type { FusionNetwork } from '../../src/models/edge/fusion/fusion-network.ts'
import { softmax } from '../../src/metrics/softmax.ts'
import { sigmoid } from '../../src/models/edge/fusion/things.ts'
import { MODELS } from '../support/node-dual-encoder.ts'
import { nodeFusion } from '../support/node-fusion.ts'

const IMAGES = join(import.meta.dirname, '../../fixtures/family/scenes/images')
const key = makeKey()
const answersOf = ({ manifest }: FusionNetwork): readonly string[] => (manifest.kind === 'fusion' ? manifest.answers : [])
let server: LocalServer
let network: FusionNetwork
let pictures: readonly Uint8Array<ArrayBuffer>[]

beforeAll(async () => {
  const names = (await readdir(IMAGES)).toSorted().slice(0, 2)
  pictures = await Promise.all(names.map(async (name) => new Uint8Array(await readFile(join(IMAGES, name)))))
  ;[server, network] = await Promise.all([
    startLocalServer({ bindings: key.bindings, allowLoopback: true, scheduleEvery: 0 }),
    nodeFusion(join(MODELS, 'assay-lxmert')),
  ])
})
afterAll(() => server?.stop())

async function ask<T>(fields: Record<string, string>, files: readonly Uint8Array<ArrayBuffer>[], status = 200): Promise<T> {
  const body = new FormData()
  for (const file of files) body.append('image', new Blob([file]), 'picture.png')
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  const headers = { authorization: `Bearer ${key.key}` }
  const response = await fetch(`${server.url}/v1/score`, { method: 'POST', headers, body })
  expect(response.status, await response.clone().text()).toBe(status)
  return (await response.json()) as T
}

test('a question is answered, to the bit as in Node', async () => {
  const question = 'How many objects are there?'
  const said = await ask<AnswerResponse>({ question, top: '3' }, pictures.slice(0, 1))
  const logits = await network.read([await network.look(pictures[0]!)], question)
  const probabilities = softmax(logits.answer)
  expect(said).toMatchObject({ object: 'answer', model: 'assay-lxmert', question, answers: answersOf(network).length })
  expect(said.probability).toBe(Math.max(...probabilities))
  expect(said.answer).toBe(answersOf(network)[probabilities.indexOf(said.probability)])
  expect(said.top).toHaveLength(3)
  const uri = `data:image/png;base64,${Buffer.from(pictures[0]!).toString('base64')}`
  const response = await fetch(`${server.url}/v1/score`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ question, image: uri, top: 3, model: 'assay-lxmert' }),
  })
  expect(await response.json()).toEqual(said)
})

test('a statement about two pictures is judged, to the bit as in Node', async () => {
  const statement = 'The left image contains more objects than the right image.'
  const said = await ask<VerdictResponse>({ statement }, pictures)
  const { truth } = await network.read(await Promise.all(pictures.map((picture) => network.look(picture))), statement)
  expect(said).toMatchObject({ object: 'verdict', model: 'assay-lxmert', statement, verdict: truth >= 0 })
  expect(said.probability).toBe(sigmoid(truth))
  expect(said.images).toHaveLength(2)
})

test('a verdict has the matching score, and the attention where it is asked for', async () => {
  const statement = 'There is a red circle.'
  const said = await ask<VerdictResponse>({ statement, include: 'attention' }, pictures.slice(0, 1))
  const seen = await network.look(pictures[0]!)
  expect(said.match).toBe(sigmoid((await network.read([seen], statement)).match))
  const { tokens, rows, layers } = said.attention!
  const side = tokens.length + rows.length
  expect(tokens).toHaveLength(said.tokens)
  expect(rows).toHaveLength(seen.count)
  expect(layers.every((lines) => lines.length === side && lines.every((line) => line.length === side))).toBe(true)
  const across = layers
    .at(-1)![0]!
    .slice(tokens.length)
    .reduce((sum, share) => sum + share, 0)
  expect(across).toBeCloseTo(1, 2)
  const both = await ask<VerdictResponse>({ statement }, pictures)
  expect(both.match ?? both.attention).toBeUndefined()
  expect(await ask({ caption: 'true', include: 'attention' }, pictures.slice(0, 1), 400)).toMatchObject({
    error: { param: 'include' },
  })
  expect(await ask({ statement, include: 'weights' }, pictures.slice(0, 1), 400)).toMatchObject({
    error: { param: expect.stringMatching(/^include/) as unknown },
  })
})

test('a picture is captioned, to the bit as in Node, by the model that captions', async () => {
  const captioner = await nodeFusion(join(MODELS, 'assay-caption'))
  const said = await ask<CaptionResponse>({ caption: 'true' }, pictures.slice(0, 1))
  const expected = await captioner.describe(await captioner.look(pictures[0]!))
  expect(said).toMatchObject({ object: 'caption', model: 'assay-caption', caption: expected[0]!.caption })
  expect(said.top.map(({ log_probability }) => log_probability)).toEqual(expected.map(({ logProbability }) => logProbability))
})

test('a model that does not do what is asked is refused with one that does', async () => {
  expect(await ask({ caption: 'true', model: 'assay-lxmert' }, pictures.slice(0, 1), 400)).toMatchObject({
    error: { param: 'caption', message: expect.stringContaining('use assay-caption') as unknown },
  })
  expect(await ask({ caption: 'yes' }, pictures.slice(0, 1), 400)).toMatchObject({ error: { param: 'caption' } })
  expect(await ask({ caption: 'true' }, pictures, 400)).toMatchObject({ error: { param: 'image' } })
})

test('a model that does not answer, and too many pictures, are refused by name', async () => {
  expect(await ask({ question: 'q', model: 'assay-clip' }, pictures.slice(0, 1), 404)).toMatchObject({
    error: { param: 'model' },
  })
  expect(await ask({ question: 'q' }, pictures, 400)).toMatchObject({ error: { param: 'image' } })
})

test('the model is listed with its skills', async () => {
  const response = await fetch(`${server.url}/v1/models/assay-lxmert`, { headers: { authorization: `Bearer ${key.key}` } })
  expect(await response.json()).toMatchObject({
    id: 'assay-lxmert',
    manifest: { kind: 'fusion', skills: network.manifest.skills },
  })
})
