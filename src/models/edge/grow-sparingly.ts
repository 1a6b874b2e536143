/**
 * Growth of an Emscripten memory by little more than it needs.
 *
 * Emscripten's glue asks for a fifth more than there is. Where that fails it asks for a tenth more, then for
 * a twentieth, and never for less than it needs (`_emscripten_resize_heap`). Memory never shrinks, so an
 * isolate would hold the surplus for good.
 * @module
 */

/** Requests that the glue makes for one growth, each smaller than the one before. */
const REQUESTS = 3

/** Lets only the last request of each growth through. @param memory - grown by Emscripten's glue alone */
export function growSparingly(memory: WebAssembly.Memory): void {
  const grow = memory.grow.bind(memory)
  let refusals = 0
  let size = 0
  memory.grow = (pages) => {
    if (memory.buffer.byteLength !== size) [size, refusals] = [memory.buffer.byteLength, 0]
    if (++refusals < REQUESTS) throw new RangeError('ask for less first')
    refusals = 0
    return grow(pages)
  }
}
