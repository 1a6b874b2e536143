/**
 * Concurrent imports and deletions of the same content, with any interleaving of their steps and crashes at
 * any step.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prepareTexts } from '../../support/official-files.ts'
import { Fault } from '../../../src/contracts/failure.ts'
import { createDatasetStore } from '../../../src/storage/dataset-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createUploadStore } from '../../../src/storage/objects.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { pictures } from '../../support/tiny-datasets.ts'
import { cases } from '../../support/cases.ts'

const shots = pictures(2)
const HOUR = 3_600_000

/** The second also has the first one's picture. */
const contents = await Promise.all(
  [1, 2].map((count) =>
    prepareTexts({
      tenant: 't',
      name: '',
      format: 'items-jsonl',
      files: {
        annotations: shots
          .slice(0, count)
          .map(({ name }) => JSON.stringify({ task: 'vqa', id: name, image: name, question: '?', answers: ['x'] }))
          .join('\n'),
      },
      images: shots.map(({ name, bytes }) => ({ filename: name, read: async () => bytes.slice() })),
    }),
  ),
)

interface Act {
  readonly what: 'import' | 'delete'
  readonly name: string
  readonly content: number
  /** Steps after which the actor is gone; it may return much later. */
  readonly crash: number
}

const act: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('import', 'delete'),
  name: fc.constantFrom('a', 'b'),
  content: fc.nat(1),
  crash: fc.oneof(fc.constant(Infinity), fc.nat(12)),
})

/** All stored state, and actors that pause before every step. */
function world() {
  const objects = new Map<string, Uint8Array>()
  const { sqlite } = sqliteD1()
  const clock = { now: 0 }
  let ids = 0
  const actor = (pause?: () => Promise<void>) => {
    const { db } = sqliteD1(pause, sqlite)
    const bucket = memoryBucket(objects, pause)
    const time = { now: () => clock.now }
    const claims = createObjectClaims(db, bucket, time, pause ?? (async () => {}))
    const datasets = createDatasetStore(db, bucket, time, () => `ds_${ids++}`, claims)
    const uploads = createUploadStore(bucket)
    return {
      sweep: () => claims.sweep(20),
      async import({ name, content }: Pick<Act, 'name' | 'content'>) {
        const { version, images } = contents[content]!
        await datasets.put({ ...version, name }, async () => {
          for (const [sha256, { read }] of images) await uploads.putImage('t', sha256, await read())
        })
      },
      async delete({ name }: Pick<Act, 'name'>) {
        const listed = await datasets.list('t', { limit: 10, order: 'asc' })
        const found = listed.find((version) => version.name === name)
        if (found !== undefined) await datasets.delete('t', found.datasetId)
      },
    }
  }
  const rows = (sql: string) => sqlite.prepare(sql).all() as Record<string, string>[]
  /** Keys referred to by rows. */
  const named = () =>
    [
      ...new Set([
        ...rows('SELECT digest FROM dataset_versions').flatMap(({ digest }) =>
          ['items.jsonl', 'items.idx', 'columns.bin', 'checksums.json'].map((part) => `t/t/datasets/${digest}/${part}`),
        ),
        ...rows('SELECT sha256 FROM dataset_images').map(({ sha256 }) => `t/t/images/${sha256}`),
      ]),
    ].toSorted()
  return { objects, clock, actor, rows, named }
}

test('a committed version has its objects, a deleted one leaves none', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(act, { maxLength: 2 }),
      fc.array(act, { minLength: 2, maxLength: 4 }),
      async (s, before, acts) => {
        const { objects, clock, actor, named, rows } = world()
        for (const one of before) await actor()[one.what](one)
        for (const one of acts) {
          let steps = 0
          const pause = async () => {
            await s.schedule(Promise.resolve())
            if (++steps > one.crash) await new Promise(() => {})
          }
          const doing = actor(pause)[one.what](one)
          doing.catch((error: unknown) => {
            // Deleted by another actor.
            if (!(error instanceof Fault)) throw error
          })
        }
        await s.waitIdle()
        expect([...objects.keys()]).toEqual(expect.arrayContaining(named()))
        // Crashed actors have been given up; then the same for their remains.
        for (let tick = 0; tick < 3; tick++) {
          clock.now += HOUR
          await actor().sweep()
        }
        expect([...objects.keys()].toSorted()).toEqual(named())
        expect(rows('SELECT tenant_id FROM object_claims UNION ALL SELECT tenant_id FROM object_deletions')).toEqual([])
      },
    ),
    { numRuns: cases(150) },
  )
})
