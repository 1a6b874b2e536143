/**
 * Growth of an Emscripten memory by no more than it needs.
 *
 * Emscripten's glue (`_emscripten_resize_heap`) asks for a fifth more than there is, and for a twentieth more
 * at least. Memory never shrinks, so an isolate would hold the surplus for good: 2 MB of ONNX Runtime's 43.
 */
const PAGE_BYTES = 65536

/** The largest surplus that the glue allows itself: no other import has this number in its text. */
const OF_RESIZING = '100663296'

/**
 * Replaces the import that resizes the memory, and grants what it was asked for.
 * @param imports - of the instance, changed before it is made
 * @param memoryOf - the memory, once the instance is there
 * @throws {Error} if no import resizes the memory
 */
export function growSparingly(imports: WebAssembly.Imports, memoryOf: () => WebAssembly.Memory): void {
  const [group, name, resize] = resizingImport(imports)
  group[name] = (requested: number): unknown => {
    const memory = memoryOf()
    const grow = memory.grow
    // The glue asks through this object.
    memory.grow = (pages) =>
      grow.call(memory, Math.min(pages, Math.ceil(((requested >>> 0) - memory.buffer.byteLength) / PAGE_BYTES)))
    try {
      return resize(requested)
    } finally {
      memory.grow = grow
    }
  }
}

type Resize = (requested: number) => unknown

function resizingImport(imports: WebAssembly.Imports): readonly [Record<string, unknown>, string, Resize] {
  for (const group of Object.values(imports)) {
    for (const [name, value] of Object.entries(group))
      if (typeof value === 'function' && Function.prototype.toString.call(value).includes(OF_RESIZING))
        return [group as Record<string, unknown>, name, value as unknown as Resize]
  }
  throw new Error('no import resizes the memory: the build of Emscripten changed')
}
