/**
 * R2 in memory, for simulations: only the operations that stores use.
 * @module
 */

/**
 * @param pause - awaited before each operation, like a network.
 * @param done - awaited after each change: its answer may be lost on the way back.
 */
export function memoryBucket(
  objects: Map<string, Uint8Array>,
  pause: () => Promise<void> = async () => {},
  done: () => Promise<void> = async () => {},
): R2Bucket {
  const bucket = {
    async put(
      key: string,
      value: Uint8Array | string | ReadableStream<Uint8Array>,
      { onlyIf }: { onlyIf?: { etagDoesNotMatch: '*' } } = {},
    ) {
      const bytes = await wholeOf(value)
      await pause()
      if (onlyIf !== undefined && objects.has(key)) return null
      objects.set(key, bytes)
      await done()
      return { size: bytes.length }
    },
    async head(key: string) {
      await pause()
      const bytes = objects.get(key)
      return bytes === undefined ? null : { size: bytes.length }
    },
    async get(key: string, { range }: { range?: { offset: number; length: number } } = {}) {
      await pause()
      const whole = objects.get(key)
      if (whole === undefined) return null
      const bytes = range === undefined ? whole.slice() : whole.slice(range.offset, range.offset + range.length)
      return {
        size: whole.length,
        get body() {
          return new Response(bytes).body
        },
        arrayBuffer: async () => bytes.buffer,
        json: async () => JSON.parse(new TextDecoder().decode(bytes)) as unknown,
      }
    },
    async delete(keys: string | readonly string[]) {
      await pause()
      for (const key of typeof keys === 'string' ? [keys] : keys) objects.delete(key)
      await done()
    },
    async list({ prefix = '' }: { prefix?: string } = {}) {
      await pause()
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix))
      return { objects: found.map((key) => ({ key })), truncated: false }
    },
  }
  return bucket as unknown as R2Bucket
}

async function wholeOf(value: Uint8Array | string | ReadableStream<Uint8Array>): Promise<Uint8Array> {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  return value instanceof Uint8Array ? value.slice() : new Uint8Array(await new Response(value).arrayBuffer())
}
