/** The shipped model behind the endpoint: inference answers a VQA question over HTTP, reproducibly. */
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { completionOf } from '../endpoint-server/chat.ts'
import { loadModelAnswerer } from '../endpoint-server/model-answerer.ts'

const MODEL = fileURLToPath(new URL('../../models/assay-clip', import.meta.url))
const IMAGES = new URL('../../fixtures/scenes/images/', import.meta.url)

test.skipIf(!existsSync(`${MODEL}/manifest.json`))('the model looks, chooses, and chooses the same again', async () => {
  const answerer = await loadModelAnswerer(MODEL)
  const [first] = (await readdir(IMAGES)).toSorted()
  const question = {
    model: 'assay-clip',
    image: await readFile(new URL(first!, IMAGES)),
    prompt: 'What color is the background?',
  }
  const answer = await answerer(question)
  expect(answer).toMatch(/^[a-z]+$/)
  expect(await answerer(question)).toBe(answer)
  expect(completionOf(question, answer).choices[0]!.message.content).toBe(answer)
})
