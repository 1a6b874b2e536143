/**
 * Frees memory immediately, without waiting for garbage collection.
 * @module
 */

/**
 * Frees the buffer behind these bytes. V8 otherwise accumulates about 64 MB of dead buffers, half of a
 * Worker's isolate. The view, and any other of the same buffer, is empty afterwards. Repeating does nothing.
 */
export function release(bytes: ArrayBufferView): void {
  if (bytes.buffer instanceof ArrayBuffer && !bytes.buffer.detached) bytes.buffer.transfer(0)
}
