/**
 * Cached vectors are returned bit for bit, within their scope and within bounds, and no fault of the store
 * becomes an error.
 */
import type { EdgeModel } from '../../../../src/contracts/edge-model.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '../../../../src/contracts/digest.ts'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { TaskItem } from '../../../../src/tasks/registry.ts'
import { createEdgeModel, type EdgeModelParts } from '../../../../src/models/edge/edge-model.ts'
import { createLruCache } from '../../../../src/models/edge/lru-cache.ts'
import type { DualEncoder } from '../../../../src/models/edge/dual-encoder.ts'
import {
  type ByteStore,
  createEmbeddingCache,
  type EmbeddingCacheOptions,
  type EmbeddingKey,
} from '../../../../src/models/edge/embedding-cache.ts'
import { fakeDetector, MANIFEST_PARTS } from '../../../support/fake-detector.ts'
import { samplePng } from '../../../support/png.ts'
import { noTurns } from '../../../support/fake-turns.ts'
import { FAKE_IDENTITY } from '../../../support/fake-identity.ts'

const DIMENSIONS = 4
const identity = FAKE_IDENTITY
const keyOf = (image: string, change: Partial<EmbeddingKey> = {}): EmbeddingKey => ({
  scope: 'tenant main',
  image,
  identity,
  detector: 'c'.repeat(64),
  dimensions: DIMENSIONS,
  ...change,
})
const bits = (vector: Float32Array | null) => vector && [...new Uint8Array(vector.buffer)]

function fakeStore() {
  const kept = new Map<string, Uint8Array>()
  const asked: string[] = []
  const store: ByteStore = {
    get: async (name) => {
      asked.push(name)
      return kept.get(name) ?? null
    },
    put: async (name, bytes) => void kept.set(name, bytes.slice()),
  }
  return { store, kept, asked }
}

/** A cache, and a way to wait for its writes. */
function cacheOver(store: ByteStore, options: Partial<EmbeddingCacheOptions> = {}) {
  const writes: Promise<unknown>[] = []
  const cache = createEmbeddingCache({ capacity: 1024, store, defer: (write) => void writes.push(write()), ...options })
  return { cache, written: () => Promise.all(writes) }
}

const vector = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .map((values) => Float32Array.from(values))

describe('a cache of embeddings', () => {
  test('gives the bits that were kept, -0 and subnormals included, from memory and from the store', async () => {
    await fc.assert(
      fc.asyncProperty(vector, async (given) => {
        const { store } = fakeStore()
        const first = cacheOver(store)
        await first.cache.keep(keyOf('1'), given)
        await first.written()
        expect(bits(await first.cache.recall(keyOf('1')))).toEqual(bits(given))
        // Another isolate: only the store has it.
        const second = cacheOver(store)
        expect(bits(await second.cache.recall(keyOf('1')))).toEqual(bits(given))
        expect(bits(await second.cache.recall(keyOf('1')))).toEqual(bits(given))
        expect(second.cache.report()).toMatchObject({ store_hits: 1, memory_hits: 1, misses: 0, store_failures: 0 })
      }),
    )
  })

  test('stores and returns copies, so that callers cannot change entries', async () => {
    const { cache } = cacheOver(fakeStore().store)
    const mine = Float32Array.of(1, 2, 3, 4)
    await cache.keep(keyOf('1'), mine)
    mine.fill(0)
    const given = (await cache.recall(keyOf('1')))!
    expect([...given]).toEqual([1, 2, 3, 4])
    given.fill(9)
    expect([...(await cache.recall(keyOf('1')))!]).toEqual([1, 2, 3, 4])
  })

  test('writes on demand the vector as it was stored', async () => {
    const { store, kept } = fakeStore()
    const deferred: (() => Promise<unknown>)[] = []
    const cache = createEmbeddingCache({ capacity: 1024, store, defer: (write) => void deferred.push(write) })
    const mine = Float32Array.of(1, 2, 3, 4)
    await cache.keep(keyOf('1'), mine)
    expect([kept.size, deferred.length]).toEqual([0, 1])
    mine.fill(0)
    await deferred[0]!()
    expect([...(await cacheOver(store).cache.recall(keyOf('1')))!]).toEqual([1, 2, 3, 4])
  })

  test.each<[string, Partial<EmbeddingKey>]>([
    ['another tenant', { scope: 'tenant other' }],
    ['a visitor', { scope: 'visitor 203.0.113.7' }],
    ['another picture', { image: '2' }],
    ['another model', { identity: { ...identity, model_digest: 'c'.repeat(64) } }],
    ['another preprocessing', { identity: { ...identity, preprocessing_digest: 'c'.repeat(64) } }],
    ['another runtime', { identity: { ...identity, runtime: 'runtime/2' } }],
  ])('is empty for %s', async (_, change) => {
    const { store } = fakeStore()
    const { cache, written } = cacheOver(store)
    await cache.keep(keyOf('1'), new Float32Array(DIMENSIONS))
    await written()
    expect(await cache.recall(keyOf('1', change))).toBeNull()
    expect(await cacheOver(store).cache.recall(keyOf('1', change))).toBeNull()
    expect(await cache.recall(keyOf('1'))).not.toBeNull()
  })

  test('names of the store tell nothing of scope or picture', async () => {
    const { store, asked } = fakeStore()
    await cacheOver(store).cache.recall(keyOf('1', { scope: 'visitor 203.0.113.7' }))
    expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  })

  test('memory stays within its capacity, and forgets what was used longest ago', async () => {
    const room = 3
    const images = fc.integer({ min: 0, max: 5 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), images), { maxLength: 40 }), async (steps) => {
        const forgetful: ByteStore = { get: async () => null, put: async () => undefined }
        const { cache } = cacheOver(forgetful, { capacity: room * 4 * DIMENSIONS })
        let used: number[] = []
        for (const [keeps, image] of steps) {
          const known = used.includes(image)
          if (keeps) await cache.keep(keyOf(`${image}`), Float32Array.of(image, 0, 0, 0))
          else expect((await cache.recall(keyOf(`${image}`)))?.[0]).toBe(known ? image : undefined)
          if (keeps || known) used = [...used.filter((other) => other !== image), image].slice(-room)
          expect(cache.report()).toMatchObject({ vectors: used.length, bytes: used.length * 4 * DIMENSIONS })
        }
      }),
    )
  })
})

describe('a store that', () => {
  const broken = (get: ByteStore['get'], put: ByteStore['put'] = async () => undefined): ByteStore => ({ get, put })

  test.each<[string, ByteStore['get']]>([
    ['fails', () => Promise.reject(new Error('internal error'))],
    [
      'fails at once',
      () => {
        throw new TypeError('no caches here')
      },
    ],
    ['never answers', () => new Promise(() => undefined)],
    ['gives too few bytes', async () => new Uint8Array(4 * DIMENSIONS - 1)],
    ['gives what is not a number', async () => new Uint8Array(4 * DIMENSIONS).fill(0xff)],
  ])('%s when asked, is a miss, and counted', async (_, get) => {
    const { cache, written } = cacheOver(broken(get), { patienceMilliseconds: 20 })
    expect(await cache.recall(keyOf('1'))).toBeNull()
    expect(cache.report()).toMatchObject({ misses: 1, store_failures: 1 })
    await cache.keep(keyOf('1'), new Float32Array(DIMENSIONS))
    await written()
    expect(await cache.recall(keyOf('1'))).toEqual(new Float32Array(DIMENSIONS))
  })

  test('fails to write: counted, without an error', async () => {
    const { cache, written } = cacheOver(
      broken(
        async () => null,
        () => Promise.reject(new Error('full')),
      ),
    )
    await cache.keep(keyOf('1'), new Float32Array(DIMENSIONS))
    await written()
    expect(cache.report()).toMatchObject({ store_failures: 1 })
  })

  test('fails three times in a row is left alone for half a minute', async () => {
    let now = 1_000_000
    let asked = 0
    const failing = broken(() => {
      asked++
      return Promise.reject(new Error('internal error'))
    })
    const { cache } = cacheOver(failing, { now: () => now })
    for (let image = 0; image < 10; image++) expect(await cache.recall(keyOf(`${image}`))).toBeNull()
    expect(asked).toBe(3)
    now += 30_000
    await cache.recall(keyOf('1'))
    expect(asked).toBe(4)
    expect(cache.report().misses).toBe(11)
  })

  test('misses 32 in a row is asked for one in eight, until it has a hit', async () => {
    let asked = 0
    const { store, kept } = fakeStore()
    const { cache } = cacheOver({ ...store, get: (name) => (asked++, store.get(name)) }, { capacity: 0 })
    const ask = async (images: number, from: string) => {
      for (let image = 0; image < images; image++) await cache.recall(keyOf(`${from} ${image}`))
    }
    await ask(32, 'new')
    expect(asked).toBe(32)
    await ask(80, 'newer')
    expect(asked).toBe(32 + 10)
    // Another isolate has computed these. One in eight discovers that, and then every one is asked for.
    const other = cacheOver(store)
    for (let image = 0; image < 20; image++) await other.cache.keep(keyOf(`known ${image}`), new Float32Array(DIMENSIONS))
    await other.written()
    expect(kept.size).toBe(20)
    await ask(20, 'known')
    expect(cache.report().store_hits).toBeGreaterThanOrEqual(20 - 7)
  })

  test('fails now and then goes on being asked', async () => {
    let asked = 0
    const { cache } = cacheOver(broken(async () => (++asked % 3 === 0 ? Promise.reject(new Error('busy')) : null)))
    for (let image = 0; image < 30; image++) await cache.recall(keyOf(`${image}`))
    expect(asked).toBe(30)
  })
})

describe('embedding a picture', () => {
  const picture = new Uint8Array(samplePng(3))

  const encoder = (embed: (bytes: Uint8Array) => Promise<Float32Array>) =>
    ({
      manifest: { ...MANIFEST_PARTS, id: 'fake', embedding: { dimensions: DIMENSIONS } },
      identity: async () => identity,
      lookAt: async (bytes: Uint8Array) => ({
        embed: () => embed(bytes),
        header: { media_type: 'image/png', orientedWidth: 96, orientedHeight: 80 },
        scale: 1,
      }),
    }) as unknown as DualEncoder

  const embedderOf =
    ({ look }: EdgeModel) =>
    async (bytes: Uint8Array, scope: string) =>
      (await look(bytes, scope)).embed()

  const edgeModel = (of: DualEncoder, cache: EdgeModelParts['cache'], readImage = async (): Promise<Uint8Array> => picture) =>
    createEdgeModel({
      encoder: of,
      tenant: 'main',
      readImage,
      admit: (_weight, task) => task(),
      turns: noTurns,
      detector: fakeDetector(),
      labels: createLruCache(2 ** 20),
      cache,
    })

  test('runs the model once, and afterwards gives the same vector and header', async () => {
    let runs = 0
    const counted = encoder(async () => Float32Array.of(++runs, 0.1, 0.2, 0.3))
    const embed = embedderOf(await edgeModel(counted, cacheOver(fakeStore().store).cache))
    const miss = await embed(picture, 'tenant main')
    const hit = await embed(picture, 'tenant main')
    expect([miss.cache, hit.cache]).toEqual(['miss', 'hit'])
    expect(bits(hit.vector)).toEqual(bits(miss.vector))
    expect(hit.sha256).toBe(await sha256Hex(picture))
    expect(hit.header).toMatchObject({ media_type: 'image/png', orientedWidth: 96, orientedHeight: 80 })
    expect((await embed(picture, 'tenant other')).cache).toBe('miss')
    expect(runs).toBe(2)
  })

  test('runs the model each time where nothing is kept', async () => {
    let runs = 0
    const embed = embedderOf(
      await edgeModel(
        encoder(async () => Float32Array.of(++runs, 0, 0, 0)),
        null,
      ),
    )
    const both = [await embed(picture, 'tenant main'), await embed(picture, 'tenant main')]
    const sha256 = await sha256Hex(picture)
    expect(both).toMatchObject([
      { cache: 'bypass', sha256 },
      { cache: 'bypass', sha256 },
    ])
    expect(runs).toBe(2)
  })

  test('keeps nothing of a picture that was refused', async () => {
    const { cache } = cacheOver(fakeStore().store)
    const refusing = encoder(() => Promise.reject(new Fault({ kind: 'bad_image', reason: 'truncated', detail: 'cut' })))
    const embed = embedderOf(await edgeModel(refusing, cache))
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(embed(picture, 'tenant main')).rejects.toMatchObject({ failure: { reason: 'truncated' } })
    expect(cache.report()).toMatchObject({ vectors: 0, misses: 2 })
  })

  test('in a run: a cached picture is not read; other bytes under its name are not cached', async () => {
    const { cache } = cacheOver(fakeStore().store)
    const counted = encoder(async (bytes) => Float32Array.of(bytes.length, 0, 0, 0))
    const item = async (bytes: Uint8Array): Promise<TaskItem> => ({
      task: 'retrieval',
      id: '1',
      cluster: '1',
      image: { sha256: await sha256Hex(bytes), media_type: 'image/png', bytes: bytes.length, width: 1, height: 1 },
      captions: [],
    })
    let reads = 0
    let stored: Uint8Array = picture
    const read = async () => {
      reads++
      return stored
    }
    const model = await edgeModel(counted, cache, read)
    const embed = async (of: Uint8Array) => {
      const { output } = await model.run({ item: await item(of), output: 'embeddings' })
      return output.kind === 'embeddings' && output.image[0]
    }
    expect([await embed(picture), await embed(picture), reads]).toEqual([picture.length, picture.length, 1])

    const other = new Uint8Array([...picture, 1])
    expect(await embed(other)).toBe(picture.length)
    stored = other
    expect([await embed(other), reads]).toEqual([other.length, 3])
  })
})
