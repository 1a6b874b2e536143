/** The runtime in Node, loaded as in the Worker. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { nodeRuntime } from '../support/node-dual-encoder.ts'
import { settlesInMicrotasks } from '../support/microtasks.ts'

const runtime = await nodeRuntime()
/** y = x·W + 1 for x [1, 3], W [3, 2] = 0..5: made by `test/golden/onnx/generate.py`. */
const affine = readFileSync(fileURLToPath(new URL('../golden/onnx/affine.onnx', import.meta.url)))

describe('createOnnxRuntime', () => {
  test('a file that is not a model is refused, and the runtime stays usable', async () => {
    await expect(runtime.createSession(new Uint8Array(10), { prepack: true })).rejects.toThrow(/protobuf/)
    const session = await runtime.createSession(affine, { prepack: true })
    expect(await session.run('x', Float32Array.of(1, 2, 3), [1, 3], 'y')).toEqual({
      data: Float32Array.of(17, 23),
      shape: [1, 2],
    })
  })

  test('leaves WebAssembly as it found it', () => {
    expect(String(WebAssembly.instantiate)).toContain('[native code]')
  })

  test('creation and runs take microtasks only, failures too', async () => {
    const creation = runtime.createSession(affine, { prepack: false })
    expect(await settlesInMicrotasks(creation)).toBe(true)
    const session = await creation
    expect(await settlesInMicrotasks(session.run('x', Float32Array.of(1, 2, 3), [1, 3], 'y'))).toBe(true)
    expect(await settlesInMicrotasks(session.run('x', new Float32Array(4), [1, 4], 'y'))).toBe(true)
    expect(await settlesInMicrotasks(new Promise((resolve) => setTimeout(resolve, 0)))).toBe(false)
  })

  test('wrong names and shapes are errors that say so', async () => {
    const session = await runtime.createSession(affine, { prepack: true })
    await expect(session.run('z', Float32Array.of(1, 2, 3), [1, 3], 'y')).rejects.toThrow(/'x' is missing/)
    await expect(session.run('x', Float32Array.of(1, 2, 3), [1, 3], 'z')).rejects.toThrow(/no output z, it has y/)
    await expect(session.run('x', new Float32Array(4), [1, 4], 'y')).rejects.toThrow(/Expected: 3/)
  })

  test('runs at the same time do not meet', async () => {
    const session = await runtime.createSession(affine, { prepack: true })
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => session.run('x', Float32Array.of(n, 0, 0), [1, 3], 'y')),
    )
    expect(outputs.map(({ data }) => data[1])).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  test('reports the linear memory', () => {
    expect(runtime.memoryBytes() % 65536).toBe(0)
    expect(runtime.memoryBytes()).toBeGreaterThanOrEqual(16 * 2 ** 20)
  })
})
