import { expect, test } from 'vitest'
import { growSparingly } from '../../../src/contracts/grow-sparingly.ts'

const PAGE_BYTES = 65536

/** Emscripten's `_emscripten_resize_heap`, as its glue of version 4.0 has it. */
function resizingGlue(memory: WebAssembly.Memory): (requested: number) => boolean {
  return (requested) => {
    const size = memory.buffer.byteLength
    if (requested <= size) return false
    for (let cutDown = 1; cutDown <= 4; cutDown *= 2) {
      const surplus = Math.min(size * (1 + 0.2 / cutDown), requested + 100663296)
      const wanted = Math.ceil(Math.max(requested, surplus) / PAGE_BYTES) * PAGE_BYTES
      try {
        memory.grow((wanted - size + 65535) / PAGE_BYTES)
        return true
      } catch {
        // Less may do.
      }
    }
    return false
  }
}

test('a memory grows by the pages that were asked for, and a larger request gets all of them', () => {
  const memory = new WebAssembly.Memory({ initial: 100, maximum: 1000 })
  const imports = { a: { other: () => 1, resize: resizingGlue(memory) } }
  growSparingly(imports, () => memory)
  const { resize } = imports.a
  const pages = () => memory.buffer.byteLength / PAGE_BYTES
  expect([resize(100 * PAGE_BYTES + 1), pages()]).toEqual([true, 101])
  expect([resize(103 * PAGE_BYTES), pages()]).toEqual([true, 103])
  expect([resize(400 * PAGE_BYTES + 5), pages()]).toEqual([true, 401])
  expect([resize(400 * PAGE_BYTES), pages()]).toEqual([false, 401])
})

test('a growth beyond the maximum fails, and the next one is sparing again', () => {
  const memory = new WebAssembly.Memory({ initial: 10, maximum: 20 })
  const imports = { a: { resize: resizingGlue(memory) } }
  growSparingly(imports, () => memory)
  expect(imports.a.resize(21 * PAGE_BYTES)).toBe(false)
  expect(imports.a.resize(11 * PAGE_BYTES)).toBe(true)
  expect(memory.buffer.byteLength).toBe(11 * PAGE_BYTES)
})

test('glue that resizes otherwise is refused', () => {
  const memory = new WebAssembly.Memory({ initial: 1 })
  expect(() => growSparingly({ a: { other: () => 1 } }, () => memory)).toThrow(/the build of Emscripten changed/)
})
