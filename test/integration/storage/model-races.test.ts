/**
 * Added models that share files, concurrently named, uploaded and removed, with any interleaving of their
 * steps and crashes at any step.
 */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import { Fault } from '../../../src/contracts/failure.ts'
import { type ModelManifest, modelManifest, storedFilesOf } from '../../../src/contracts/model-manifest.ts'
import { createModelStore } from '../../../src/storage/model-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { actTogether, haltedAt } from '../../support/races.ts'
import { cases } from '../../support/cases.ts'

const HOUR = 3_600_000
const shipped = modelManifest.parse(JSON.parse(readFileSync('models/assay-clip/manifest.json', 'utf8')))

const contents = await Promise.all(
  ['vision', 'tokenizer', 'text', 'another text'].map(async (name) => {
    const bytes = new TextEncoder().encode(name)
    return { sha256: await sha256Hex(bytes), bytes }
  }),
)
const CONTENTS = contents.map((_, index) => index)
const named = (content: number) => ({ sha256: contents[content]!.sha256, bytes: contents[content]!.bytes.length })
/** Versions differ in their text tower. */
const manifestOf = (id: string, version: number): ModelManifest =>
  modelManifest.parse({
    ...shipped,
    id,
    vision: { ...shipped.vision, ...named(0), external_data: undefined },
    tokenizer: { ...shipped.tokenizer, ...named(1) },
    text: { ...shipped.text, ...named(2 + version), external_data: undefined },
    text_vectors: undefined,
  })

interface Act {
  readonly what: 'name' | 'upload' | 'uploadAll' | 'remove'
  readonly id: string
  readonly version: number
  readonly content: number
  /** Steps after which the actor is gone. */
  readonly crash: number
}

const act: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom('name', 'upload', 'uploadAll', 'remove'),
  id: fc.constantFrom('a', 'b'),
  version: fc.nat(1),
  content: fc.constantFrom(...CONTENTS),
  crash: fc.oneof(fc.constant(Infinity), fc.nat(16)),
})

/** All stored state, and actors that pause before every step. */
function world() {
  const objects = new Map<string, Uint8Array>()
  const { sqlite } = sqliteD1()
  const clock = { now: 0 }
  const actor = (pause?: () => Promise<void>, wait = pause ?? (async () => {})) => {
    const { db } = sqliteD1(pause, sqlite)
    const bucket = memoryBucket(objects, pause)
    const claims = createObjectClaims(db, bucket, { now: () => clock.now }, wait)
    const models = createModelStore(db, bucket, { now: () => clock.now }, claims)
    async function upload({ id, content }: Pick<Act, 'id' | 'content'>) {
      const record = await models.find('t', id)
      const { sha256, bytes } = contents[content]!
      if (record === null || !storedFilesOf(record.manifest).some((file) => file.sha256 === sha256)) return
      await models.putFile('t', record.manifest, sha256, { bytes: bytes.length, body: new Response(bytes).body! })
    }
    return {
      sweep: () => claims.sweep(20),
      name: async ({ id, version }: Act) => void (await models.put('t', manifestOf(id, version))),
      upload,
      async uploadAll(act: Act) {
        await models.put('t', manifestOf(act.id, act.version))
        for (const content of CONTENTS) await upload({ ...act, content })
      },
      remove: ({ id }: Act) => models.delete('t', id),
      list: () => models.list('t'),
    }
  }
  return { objects, clock, actor, rows: (sql: string) => sqlite.prepare(sql).all() }
}

const keysOf = (manifests: readonly ModelManifest[]) =>
  [...new Set(manifests.flatMap(storedFilesOf).map(({ sha256 }) => `t/t/models/${sha256}`))].toSorted()

/** More steps than a removal takes. */
const STEPS = Array.from({ length: 12 }, (_, step) => step)

test('a model that is added while another with its files is removed has them, however far the removal is', async () => {
  const outcomes = STEPS.map(async (stop) => {
    const { objects, actor } = world()
    const act: Act = { what: 'uploadAll', id: 'a', version: 0, content: 0, crash: Infinity }
    await actor().uploadAll(act)
    await haltedAt(
      stop,
      (pause) => actor(pause).remove(act),
      (goOn) => actor(async () => {}, goOn).uploadAll({ ...act, id: 'b' }),
    )
    const models = await actor().list()
    return { ready: models.map(({ manifest, ready }) => [manifest.id, ready]), keys: [...objects.keys()].toSorted() }
  })
  const expected = { ready: [['b', true]], keys: keysOf([manifestOf('b', 0)]) }
  expect(await Promise.all(outcomes)).toEqual(STEPS.map(() => expected))
})

test('a model that is ready has its files, and a file that no model names is gone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(act, { maxLength: 2 }),
      fc.array(act, { minLength: 2, maxLength: 4 }),
      async (s, before, acts) => {
        const { objects, clock, actor, rows } = world()
        const expected = (error: unknown) => {
          // The id is taken, or another actor removed the model.
          if (!(error instanceof Fault)) throw error
        }
        for (const one of before) await actor()[one.what](one).catch(expected)
        await actTogether(s, acts, (one, pause) => actor(pause)[one.what](one).catch(expected))
        const models = await actor().list()
        const ready = keysOf(models.filter((model) => model.ready).map(({ manifest }) => manifest))
        expect([...objects.keys()]).toEqual(expect.arrayContaining(ready))
        // Crashed actors have been given up; then the same for their remains.
        for (let tick = 0; tick < 3; tick++) {
          clock.now += HOUR
          await actor().sweep()
        }
        const left = [...objects.keys()].toSorted()
        expect(left).toEqual(expect.arrayContaining(ready))
        expect(keysOf(models.map(({ manifest }) => manifest))).toEqual(expect.arrayContaining(left))
        expect(rows('SELECT tenant_id FROM object_claims UNION ALL SELECT tenant_id FROM object_deletions')).toEqual([])
      },
    ),
    { numRuns: cases(100) },
  )
})
