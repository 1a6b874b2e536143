/**
 * Concurrent creation and deletion of files with the same content, whole and in parts, with any interleaving
 * of their steps and crashes at any step.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import { Fault } from '../../../src/contracts/failure.ts'
import { createFileStore } from '../../../src/storage/file-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createUploadSessions } from '../../../src/storage/upload-sessions.ts'
import { withDigestStream } from '../../support/digest-stream.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { actTogether, haltedAt } from '../../support/races.ts'
import { cases } from '../../support/cases.ts'

withDigestStream()
const DAY = 24 * 3_600_000

/** The parts make one content in one order, another in the other. */
const halves = ['ab', 'cd'].map((text) => new TextEncoder().encode(text))
const orders = [
  [0, 1],
  [1, 0],
]
const contents = orders.map((order) => new Uint8Array(order.flatMap((half) => [...halves[half]!])))
const digests = await Promise.all(contents.map(sha256Hex))

interface Act {
  readonly what: 'upload' | 'uploadInParts' | 'complete' | 'cancel' | 'delete'
  readonly content: number
  /** For uploads that wait for completion. */
  readonly upload: number
  /** Steps after which the actor is gone. */
  readonly crash: number
}

const act: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('upload', 'uploadInParts', 'complete', 'cancel', 'delete'),
  content: fc.constantFrom(0, 0, 0, 1),
  upload: fc.nat(1),
  crash: fc.oneof(fc.constant(Infinity), fc.nat(16)),
})

/** All stored state, and actors that pause before every step. */
function world() {
  const objects = new Map<string, Uint8Array>()
  const { sqlite } = sqliteD1()
  const clock = { now: 0 }
  const waiting: { id: string; parts: string[] }[] = []
  let ids = 0
  const actor = (pause?: () => Promise<void>, wait = pause ?? (async () => {})) => {
    const { db } = sqliteD1(pause, sqlite)
    const bucket = memoryBucket(objects, pause)
    const time = { now: () => clock.now }
    const newId = () => String(ids++)
    const claims = createObjectClaims(db, bucket, time, wait)
    const files = createFileStore(db, bucket, time, claims)
    const sessions = createUploadSessions(db, bucket, time, newId, claims)
    async function begin() {
      const { id } = await sessions.create('t', `upload_${newId()}`, { filename: 'f', mimeType: '', bytes: 4 })
      const parts: string[] = []
      for (const half of halves) parts.push((await sessions.addPart('t', id, half, () => ({ offset: 0, bytes: half.length }))).id)
      return { id, parts }
    }
    const complete = ({ id, parts }: { id: string; parts: string[] }, content: number) =>
      sessions.complete(
        't',
        id,
        orders[content]!.map((half) => parts[half]!),
        undefined,
      )
    return {
      async sweep() {
        await sessions.expire(20)
        await claims.sweep(20)
      },
      async begin() {
        waiting.push(await begin())
      },
      async upload({ content }: Act) {
        const bytes = contents[content]!
        await files.put('t', { id: `file-${newId()}`, sha256: digests[content]!, filename: 'f' }, bytes)
      },
      async uploadInParts({ content }: Act) {
        await complete(await begin(), content)
      },
      async complete({ content, upload }: Act) {
        await complete(waiting[upload]!, content)
      },
      async cancel({ upload }: Act) {
        await sessions.cancel('t', waiting[upload]!.id)
      },
      async delete() {
        const [file] = await files.list('t', { limit: 1, order: 'asc' })
        if (file !== undefined) await files.delete('t', file.id)
      },
      /** Expected and actual content of every file. */
      async read() {
        const found: [string, string][] = []
        for (const { sha256 } of await files.list('t', { limit: 100, order: 'asc' }))
          found.push([
            sha256,
            await files.open('t', sha256).then(async (file) => sha256Hex(await file.read(0, file.bytes)), String),
          ])
        return found
      },
    }
  }
  const rows = (sql: string) => sqlite.prepare(sql).all() as Record<string, string>[]
  /** Keys referred to by files. */
  const named = () => {
    const files = rows('SELECT sha256, upload_id FROM files')
    const parts = rows('SELECT upload_id, part_id FROM upload_parts WHERE upload_id IN (SELECT upload_id FROM files)')
    return [
      ...new Set(files.filter(({ upload_id }) => upload_id === null).map(({ sha256 }) => `t/t/files/${sha256}`)),
      ...parts.map(({ upload_id, part_id }) => `t/t/uploads/${upload_id}/${part_id}`),
    ].toSorted()
  }
  return { objects, clock, actor, named, rows }
}

/** More steps than a deletion takes. */
const STEPS = Array.from({ length: 12 }, (_, step) => step)

test.each(['upload', 'uploadInParts'] as const)(
  '%s of what is being deleted stays, however far the deletion is',
  async (comes) => {
    const cases = STEPS.flatMap((stop) => (['upload', 'uploadInParts'] as const).map((was) => ({ stop, was })))
    const outcomes = cases.map(async ({ stop, was }) => {
      const { actor } = world()
      const act: Act = { what: was, content: 0, upload: 0, crash: Infinity }
      await actor()[was](act)
      await haltedAt(
        stop,
        (pause) => actor(pause).delete(),
        (goOn) => actor(async () => {}, goOn)[comes](act),
      )
      return actor().read()
    })
    expect(await Promise.all(outcomes)).toEqual(cases.map(() => [[digests[0], digests[0]]]))
  },
)

test('a file has its content, and a content that no file has is gone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(act, { maxLength: 2 }),
      fc.array(act, { minLength: 2, maxLength: 5 }),
      async (s, before, acts) => {
        const { objects, clock, actor, named, rows } = world()
        for (let upload = 0; upload < 2; upload++) await actor().begin()
        const expected = (error: unknown) => {
          // Ended or deleted by another actor.
          if (!(error instanceof Fault)) throw error
        }
        for (const one of before) await actor()[one.what](one).catch(expected)
        await actTogether(s, acts, (one, pause) => actor(pause)[one.what](one).catch(expected))
        const whole = await actor().read()
        expect(whole).toEqual(whole.map(([sha256]) => [sha256, sha256]))
        // Crashed actors and pending uploads have been given up; then the same for their remains.
        for (let tick = 0; tick < 3; tick++) {
          clock.now += DAY
          await actor().sweep()
        }
        expect(await actor().read()).toEqual(whole)
        expect([...objects.keys()].toSorted()).toEqual(named())
        expect(rows('SELECT tenant_id FROM object_claims UNION ALL SELECT tenant_id FROM object_deletions')).toEqual([])
      },
    ),
    { numRuns: cases(100) },
  )
})
