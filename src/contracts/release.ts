/**
 * Memory given back now rather than when the engine happens to collect.
 * @module
 */

/**
 * Frees the buffer behind these bytes. V8 lets some 64 MB of dead buffers gather before it looks, half of what a Worker's isolate may
 * hold. The view, and any other of the same buffer, is empty afterwards. Again does nothing.
 */
export function release(bytes: ArrayBufferView): void {
  if (bytes.buffer instanceof ArrayBuffer && !bytes.buffer.detached) bytes.buffer.transfer(0)
}
