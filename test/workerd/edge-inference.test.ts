/** Inference inside workerd: the same bits as in Node, whatever precedes it or runs beside it. */
import { describe, expect, inject, test } from 'vitest'
import { toHex } from '../../src/contracts/digest.ts'
import { LOADED_MODEL_BYTES } from '../../src/contracts/memory-budget.ts'
import { settlesInMicrotasks } from '../support/microtasks.ts'
import { shippedModels, memoryReport } from '../../src/models/edge/edge-models.workerd.ts'

const expected = inject('edgeExpected')
const pictures = expected.pictures.map((text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
const indices = pictures.map((_, index) => index)
const model = [...shippedModels.values()][0]!

const bits = (vector: Float32Array): string => toHex(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
const imageBits = async (index: number): Promise<string> => bits((await model.embedImage(pictures[index]!)).vector)

describe('bit for bit', () => {
  test('eight first requests at once, in a fresh isolate, get what Node got', async () => {
    expect(await Promise.all(indices.map(imageBits))).toEqual(expected.imageBits)
  })

  test('texts get what Node got', async () => {
    const found = []
    for (const text of expected.texts) found.push(bits((await model.embedText(text)).vector))
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
    const texts = expected.texts.map(async (text) => bits((await model.embedText(text)).vector))
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
