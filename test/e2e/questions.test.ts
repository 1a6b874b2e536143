/**
 * Models that answer, against the built Worker: questions of `POST /v1/score` give the numbers of the same
 * files in Node.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey } from '../../scripts/local-key.ts'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'
import type { AnswerResponse } from '../../src/http/routes/score/question-schema.ts'
import type { FusionNetwork } from '../../src/models/edge/fusion/fusion-network.ts'
import { softmax } from '../../src/models/edge/fusion/things.ts'
import { MODELS } from '../support/node-dual-encoder.ts'
import { nodeFusion } from '../support/node-fusion.ts'

const IMAGES = join(import.meta.dirname, '../../fixtures/family/scenes/images')
const key = makeKey()
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
  expect(said).toMatchObject({ object: 'answer', model: 'assay-lxmert', question, answers: network.manifest.answers.length })
  expect(said.probability).toBe(Math.max(...probabilities))
  expect(said.answer).toBe(network.manifest.answers[probabilities.indexOf(said.probability)])
  expect(said.top).toHaveLength(3)
  const uri = `data:image/png;base64,${Buffer.from(pictures[0]!).toString('base64')}`
  const response = await fetch(`${server.url}/v1/score`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ question, image: uri, top: 3, model: 'assay-lxmert' }),
  })
  expect(await response.json()).toEqual(said)
})

test('a statement is refused by a model that was not trained well enough for it', async () => {
  expect(await ask({ statement: 'Both are dogs.' }, pictures, 400)).toMatchObject({ error: { param: 'statement' } })
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
