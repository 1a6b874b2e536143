/** Inference inside workerd: the same bits as in Node, whatever precedes it or runs beside it. */
import { describe, expect, inject, test } from 'vitest'
import { LOADED_MODEL_BYTES } from '../../src/contracts/memory-budget.ts'
import { settlesInMicrotasks } from '../support/microtasks.ts'
import { memoryReport, shippedFusions, shippedModels } from '../../src/models/edge/edge-models.workerd.ts'
import { answersOf, bitsOf, type SeenAndSaid, vectorsOf } from '../support/answers-of.ts'

const expected = inject('edgeExpected')
const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
const pictures = expected.pictures.map(bytesOf)
const indices = pictures.map((_, index) => index)
const model = [...shippedModels.values()][0]!

const imageBits = async (index: number): Promise<string> => bitsOf((await model.embedImage(pictures[index]!)).vector)

describe('bit for bit', () => {
  test('eight first requests at once, in a fresh isolate, get what Node got', async () => {
    expect(await Promise.all(indices.map(imageBits))).toEqual(expected.imageBits)
  })

  test('texts get what Node got', async () => {
    const found = []
    for (const text of expected.texts) found.push(bitsOf((await model.embedText(text)).vector))
    expect(found).toEqual(expected.textBits)
  })

  test('in any order, and again', async () => {
    for (const index of [...indices.toReversed(), 3, 3, 0, 7, 0]) expect(await imageBits(index)).toBe(expected.imageBits[index])
  })

  test('after a picture that failed and a text that was refused', async () => {
    await expect(model.embedImage(pictures[1]!.subarray(0, 500))).rejects.toMatchObject({ failure: { kind: 'bad_image' } })
    await expect(model.embedText('a'.repeat(100_000))).rejects.toMatchObject({ failure: { kind: 'too_large' } })
    expect(await imageBits(1)).toBe(expected.imageBits[1])
  })

  test('pictures and texts mixed, all at once', async () => {
    const texts = expected.texts.map(async (text) => bitsOf((await model.embedText(text)).vector))
    expect(await Promise.all([...indices.map(imageBits), ...texts])).toEqual([...expected.imageBits, ...expected.textBits])
  })
})

test('says who computed', async () => {
  const identity = await model.identity()
  expect(identity).toMatchObject({
    type: 'edge_model',
    model: model.manifest.id,
    runtime: expected.runtime,
    model_digest: expected.modelDigest,
  })
  expect(identity.preprocessing_digest).toMatch(/^[0-9a-f]{64}$/)
})

test('embedding takes microtasks only, so that no other request can run, or be cancelled, in between', async () => {
  await model.embedText('warm')
  expect(await settlesInMicrotasks(model.embedText('a dog'))).toBe(true)
  for (const picture of pictures) expect(await settlesInMicrotasks(model.embedImage(picture))).toBe(true)
  expect(await settlesInMicrotasks(new Promise((resolve) => setTimeout(resolve, 0)))).toBe(false)
})

test('memory: the runtime holds what one session a tower takes, and does not grow with use', async () => {
  for (const index of indices) await imageBits(index)
  const before = memoryReport()
  for (let round = 0; round < 3; round++) for (const index of indices) await imageBits(index)
  for (let round = 0; round < 3; round++) for (const text of expected.texts) await model.embedText(text)
  expect(memoryReport()).toEqual(before)
  expect(before.onnx_runtime_bytes).toBeGreaterThan(16e6)
  expect(before.onnx_runtime_bytes).toBeLessThan(40e6)
  expect(before.loaded_model_bytes).toBeLessThan(LOADED_MODEL_BYTES)
})

describe('every other shipped model in this isolate', () => {
  const drawing = bytesOf(expected.drawing)
  const ask = async (id: string): Promise<SeenAndSaid> => {
    const fusion = shippedFusions.get(id)
    return fusion === undefined ? vectorsOf(shippedModels.get(id)!, drawing) : answersOf(fusion, drawing)
  }

  test('is one of those that Node asked', () => {
    expect(Object.keys(expected.others).toSorted()).toEqual(
      [...shippedFusions.keys(), ...[...shippedModels.keys()].slice(1)].toSorted(),
    )
  })

  test.each(Object.keys(expected.others))('%s sees and says what it did in Node, bit for bit', async (id) => {
    expect(await ask(id)).toEqual(expected.others[id])
  })

  test('again, loaded anew after others took its place: the same bits, and no more memory', async () => {
    const before = memoryReport()
    const found: Record<string, SeenAndSaid> = {}
    for (const id of Object.keys(expected.others).toReversed()) found[id] = await ask(id)
    expect(found).toEqual(expected.others)
    const after = memoryReport()
    // Gaps of another shape may take one growth more.
    expect(after.onnx_runtime_bytes).toBeLessThanOrEqual(1.06 * before.onnx_runtime_bytes)
    expect(after.loaded_model_bytes).toBeLessThanOrEqual(LOADED_MODEL_BYTES)
    expect(await Promise.all(indices.map(imageBits))).toEqual(expected.imageBits)
  })
})
