/** After a trap no result of the runtime is trustworthy. */
import * as ort from 'onnxruntime-web/wasm'
import { afterEach, expect, test, vi } from 'vitest'
import { createOnnxRuntime } from '../../src/models/edge/onnx-runtime.ts'

const module = {} as WebAssembly.Module
const input = Float32Array.of(1)

function sessionThat(run: () => Promise<unknown>): void {
  vi.spyOn(ort.InferenceSession, 'create').mockResolvedValue({ run, outputNames: ['y'] } as unknown as ort.InferenceSession)
}

afterEach(() => vi.restoreAllMocks())

test.each([
  ['a WebAssembly trap', new WebAssembly.RuntimeError('unreachable')],
  ['an uncaught C++ exception', 12345],
])('%s ends the runtime: that call fails as it failed, later ones are refused', async (_, trap) => {
  const runtime = createOnnxRuntime(module)
  sessionThat(() => Promise.reject(trap))
  const session = await runtime.createSession(new Uint8Array(), { prepack: true })
  await expect(session.run('x', input, [1], 'y')).rejects.toBe(trap)
  const refused = { failure: { kind: 'unavailable' } }
  await expect(session.run('x', input, [1], 'y')).rejects.toMatchObject(refused)
  await expect(runtime.createSession(new Uint8Array(), { prepack: true })).rejects.toMatchObject(refused)
})

test('an ordinary error does not', async () => {
  const runtime = createOnnxRuntime(module)
  sessionThat(() => Promise.reject(new Error('wrong shape')))
  const session = await runtime.createSession(new Uint8Array(), { prepack: true })
  await expect(session.run('x', input, [1], 'y')).rejects.toThrow('wrong shape')
  await expect(session.run('x', input, [1], 'y')).rejects.toThrow('wrong shape')
})
