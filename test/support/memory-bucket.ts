/**
 * R2 in memory, for simulations: what the dataset store uses of it, no more.
 * @module
 */

/** @param pause - awaited before each operation, as a network would be. */
export function memoryBucket(objects: Map<string, Uint8Array>, pause: () => Promise<void> = async () => {}): R2Bucket {
  const bucket = {
    async put(key: string, value: Uint8Array | string) {
      await pause()
      objects.set(key, typeof value === 'string' ? new TextEncoder().encode(value) : value.slice())
    },
    async delete(keys: string | readonly string[]) {
      await pause()
      for (const key of typeof keys === 'string' ? [keys] : keys) objects.delete(key)
    },
    async list({ prefix = '' }: { prefix?: string } = {}) {
      await pause()
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix))
      return { objects: found.map((key) => ({ key })), truncated: false }
    },
  }
  return bucket as unknown as R2Bucket
}
