/** The data centre's cache behind the embedding cache: the real Cache API. */
import { expect, test } from 'vitest'
import { createEmbeddingCache } from '../../src/models/edge/embedding-cache.ts'
import { dataCentreStore } from '../../src/models/edge/embedding-cache.workerd.ts'
import { FAKE_IDENTITY } from '../support/fake-identity.ts'

const key = {
  scope: 'tenant main',
  image: crypto.randomUUID(),
  identity: FAKE_IDENTITY,
  detector: 'c'.repeat(64),
  dimensions: 3,
} as const

test('another isolate of the data centre finds the same bits', async () => {
  const writes: Promise<unknown>[] = []
  const isolate = () =>
    createEmbeddingCache({ capacity: 1024, store: dataCentreStore, defer: (write) => void writes.push(write()) })
  const [one, other] = [isolate(), isolate()]
  expect(await other.recall(key)).toBeNull()
  const vector = Float32Array.of(-0, 1e-45, 0.1)
  await one.keep(key, vector)
  await Promise.all(writes)
  expect(new Uint8Array((await other.recall(key))!.buffer)).toEqual(new Uint8Array(vector.buffer))
  expect(other.report()).toEqual({ vectors: 1, bytes: 12, memory_hits: 0, store_hits: 1, misses: 1, store_failures: 0 })
  expect(await other.recall({ ...key, scope: 'tenant other' })).toBeNull()
})
