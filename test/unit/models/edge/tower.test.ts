/**
 * Output of a tower, here and behind a service binding: a fault with one input concerns that input only, in
 * either Worker.
 */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { TextTowerSpec } from '../../../../src/contracts/model-manifest.ts'
import { InputRefused, type Session } from '../../../../src/models/edge/onnx-runtime.ts'
import { answerTowerCall, towersOf } from '../../../../src/models/edge/remote-tower.ts'
import { createTower, loaded, type Tower } from '../../../../src/models/edge/tower.ts'

const spec: TextTowerSpec = {
  file: 'text.onnx',
  sha256: '0'.repeat(64),
  bytes: 1,
  input: 'input_ids',
  output: 'text_embeds',
  quantization: 'fp32',
  prepack: false,
}

const giving = (run: () => Promise<{ data: Float32Array; shape: readonly number[] }>): Tower =>
  createTower(loaded({ run, runAll: async () => new Map(), release: async () => undefined } as Session), spec, 2)
const vector =
  (...data: number[]) =>
  async () => ({ data: Float32Array.from(data), shape: [1, data.length] })
const away = (tower: Tower): Tower => towersOf({ fetch: (request) => answerTowerCall(request, () => () => tower) }, 't')(spec, 2)
const embed = (tower: Tower) => tower.embed(BigInt64Array.of(1n), [1, 1]).catch((error: unknown) => error)

describe.each([
  ['here', (tower: Tower) => tower],
  ['in a Worker of its own', away],
])('%s', (_, place) => {
  test('gives the vector', async () => {
    expect(await embed(place(giving(vector(1, 2))))).toEqual(Float32Array.of(1, 2))
  })

  test.each([
    ['a NaN', vector(1, Number.NaN), 'not finite'],
    ['an infinity', vector(Number.NEGATIVE_INFINITY, 1), 'not finite'],
    ['zeros', vector(0, -0), 'has no direction'],
    ['another width', vector(1, 2, 3), '[1, 3], not [1, 2]'],
    ['an input that it refuses', () => Promise.reject(new InputRefused('index 7 is out of bounds')), 'index 7 is out of bounds'],
  ])('%s is this input’s fault', async (_name, run, words) => {
    const thrown = await embed(place(giving(run)))
    expect(thrown).toBeInstanceOf(Fault)
    expect((thrown as Fault).failure.kind).toBe('unprocessable')
    expect((thrown as Fault).message).toContain(words)
  })

  test('a runtime that has trapped is not', async () => {
    const trapped = () => Promise.reject(new Fault({ kind: 'unavailable', detail: 'trapped', retryAfterSeconds: 1 }))
    expect(((await embed(place(giving(trapped)))) as Fault).failure.kind).toBe('unavailable')
  })
})
