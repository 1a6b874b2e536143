/**
 * Every wait for storage ends, and a failing store is named. Refusals because of the request pass unchanged.
 */
import { describe, expect, test, vi } from 'vitest'
import { answerWithin } from '../../../src/contracts/answer-within.ts'
import type { Failure } from '../../../src/contracts/failure.ts'
import { type GuardLimits, guardStorage, PROBE_KEY, type StorageBindings } from '../../../src/storage/guarded-bindings.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const LIMITS: GuardLimits = { operation: 40, suspicion: 24, probe: 24, write: 400 }
const never = () => new Promise<never>(() => {})
vi.spyOn(console, 'error').mockImplementation(() => {})

function guarded(given: { [Binding in keyof StorageBindings]?: object }): StorageBindings {
  const none = new Proxy({}, { get: () => never })
  return guardStorage({ DB: none, OBJECTS: none, PUBLISHED: none, ...given } as StorageBindings, LIMITS)
}

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => (error as { failure: Failure }).failure ?? Promise.reject(error),
  )

const of = (store: RegExp) => ({ kind: 'unavailable', detail: expect.stringMatching(store) as string, retryAfterSeconds: 10 })

describe('a store that never answers', () => {
  test('is out of reach, whichever it is and whatever was asked', async () => {
    const hanging = guarded({
      DB: { prepare: () => ({ bind: () => ({ all: never, first: never, run: never }), all: never }), batch: never },
    })
    const asked: [RegExp, () => Promise<unknown>][] = [
      [/D1, binding DB/, () => hanging.DB.prepare('').all()],
      [/D1, binding DB/, () => hanging.DB.prepare('').bind(1).first('x')],
      [/D1, binding DB/, () => hanging.DB.prepare('').bind(1).run()],
      [/D1, binding DB/, () => hanging.DB.batch([])],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.get('k')],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.head('k')],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.list()],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.delete('k')],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.put('k', 'v')],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.put('k', new ReadableStream())],
      [/R2, binding OBJECTS/, () => hanging.OBJECTS.createMultipartUpload('k')],
      [/KV, binding PUBLISHED/, () => hanging.PUBLISHED.get('k')],
      [/KV, binding PUBLISHED/, () => hanging.PUBLISHED.put('k', 'v')],
    ]
    for (const [store, work] of asked) expect(await failureOf(work())).toMatchObject(of(store))
  })

  test('in the middle of an object is so, too', async () => {
    const object = { size: 3, arrayBuffer: never, json: never, text: never, body: 'as it is' }
    const { OBJECTS } = guarded({ OBJECTS: { get: async () => object } })
    const found = (await OBJECTS.get('k'))!
    expect([found.size, found.body]).toEqual([3, 'as it is'])
    expect(await failureOf(found.arrayBuffer())).toMatchObject(of(/R2/))
    expect(await failureOf(found.json())).toMatchObject(of(/R2/))
  })

  test('is not what a long computation is taken for', async () => {
    const answer = new Promise((resolve) => setTimeout(() => resolve('late, and not lost'), 10))
    const waited = answerWithin(40, answer)
    for (const until = process.cpuUsage().user + 150_000; process.cpuUsage().user < until;);
    expect(await waited).toBe('late, and not lost')
  })
})

describe('a write', () => {
  /** Like Miniflare's R2 on a full disk: large objects never settle, small ones are refused. */
  const full = {
    put: (_key: string, value: Uint8Array | ReadableStream) =>
      value instanceof Uint8Array && value.length < 100 ? Promise.reject(new Error('put: Unspecified error (0)')) : never(),
  }

  test('to a full disk ends at once, however large it is, from bytes and from a stream', async () => {
    const { OBJECTS } = guarded({ OBJECTS: full })
    for (const value of [new Uint8Array(1), new Uint8Array(1e6), new ReadableStream()])
      expect(await failureOf(OBJECTS.put('k', value))).toMatchObject(of(/R2.*disk may be full/))
  })

  test('that is only slow continues, as long as the store accepts others', async () => {
    const objects = new Map<string, Uint8Array>()
    const memory = memoryBucket(objects)
    const probed = Promise.withResolvers<void>()
    const slow = {
      put: async (key: string, value: Uint8Array) => {
        if (key === PROBE_KEY) probed.resolve()
        else await probed.promise
        return memory.put(key, value)
      },
    }
    const { OBJECTS } = guarded({ OBJECTS: slow })
    await OBJECTS.put('k', new Uint8Array(3))
    expect([...objects.keys()].toSorted()).toEqual(['k', PROBE_KEY])
  })

  test('has an end all the same', async () => {
    const { OBJECTS } = guarded({ OBJECTS: { put: (key: string) => (key === PROBE_KEY ? Promise.resolve() : never()) } })
    expect(await failureOf(OBJECTS.put('k', new Uint8Array(3)))).toMatchObject(of(/longer than/))
  })

  test('whose sender breaks off fails as it did, while the store takes others', async () => {
    const broken = {
      put: (key: string) => (key === PROBE_KEY ? Promise.resolve() : Promise.reject(new TypeError('network connection lost'))),
    }
    await expect(guarded({ OBJECTS: broken }).OBJECTS.put('k', new ReadableStream())).rejects.toThrow(TypeError)
  })

  test('that is refused for its content reports that', async () => {
    const message = 'put: The SHA-256 checksum you specified did not match what we received. (10037)'
    const { OBJECTS } = guarded({ OBJECTS: { put: () => Promise.reject(new Error(message)) } })
    await expect(OBJECTS.put('k', 'v')).rejects.toThrow(message)
  })
})

describe('a database', () => {
  const failing = (message: string) => guarded({ DB: { prepare: () => ({ all: () => Promise.reject(new Error(message)) }) } }).DB

  test.each([
    'internal error; reference = dal2t7i7v6ik3rphcddkt9ta',
    'D1_ERROR: database disk image is malformed: SQLITE_CORRUPT',
    'D1_ERROR: database or disk is full: SQLITE_FULL',
    'D1_ERROR: Network connection lost.',
  ])('that fails with %s is named', async (message) => {
    expect(await failureOf(failing(message).prepare('').all())).toMatchObject(of(/^the database \(D1, binding DB\) cannot/))
  })

  test.each(['D1_ERROR: UNIQUE constraint failed: t.x: SQLITE_CONSTRAINT', 'D1_ERROR: no such table: runs: SQLITE_ERROR'])(
    'that refuses a statement with %s says so itself',
    async (message) => {
      await expect(failing(message).prepare('').all()).rejects.toThrow(message)
    },
  )

  test('answers as it would without a guard', async () => {
    const { DB } = guarded({ DB: sqliteD1().db })
    const insert = DB.prepare(`INSERT INTO tenants (tenant_id, name, created_at) VALUES (?1, ?2, 0)`)
    const [, second] = await DB.batch([insert.bind('a', 'A'), insert.bind('b', 'B')])
    expect(second!.meta.changes).toBe(1)
    expect(await DB.prepare(`SELECT name FROM tenants WHERE tenant_id = ?1`).bind('b').first('name')).toBe('B')
    expect((await DB.prepare(`SELECT * FROM tenants`).all()).results).toHaveLength(2)
  })
})
