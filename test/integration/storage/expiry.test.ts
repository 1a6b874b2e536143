/**
 * Files that expire, and evals in the order of their changes.
 */
import { expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { createEvalStore } from '../../../src/storage/catalogue/eval-store.ts'
import { createFileStore } from '../../../src/storage/file-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createUploadSessions } from '../../../src/storage/upload-sessions.ts'
import { withDigestStream } from '../../support/digest-stream.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

withDigestStream()

const LISTED = { limit: 10, order: 'asc' } as const
const bytes = new TextEncoder().encode('abcd')

function world() {
  const objects = new Map<string, Uint8Array>()
  const { db } = sqliteD1()
  const clock = { time: 1000, now: () => clock.time }
  const bucket = memoryBucket(objects)
  const claims = createObjectClaims(db, bucket, clock)
  let ids = 0
  const newId = () => String(++ids).padStart(32, '0')
  return {
    objects,
    clock,
    files: createFileStore(db, bucket, clock, claims),
    uploads: createUploadSessions(db, bucket, clock, newId, claims),
    evals: createEvalStore(db, clock),
  }
}

const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Fault ? error.failure.kind : String(error)),
  )

test('a file is gone from its time on, and its content with the last file', async () => {
  const { files, clock, objects } = world()
  const one = await files.put('t', { id: 'file-1', sha256: 'sha', filename: 'a', lifetime: 5000 }, bytes)
  const kept = await files.put('t', { id: 'file-2', sha256: 'sha', filename: 'b' }, bytes)
  expect([one.expiresAt, kept.expiresAt]).toEqual([6000, null])
  clock.time = 5999
  expect(await files.expire(10)).toBe(0)
  expect((await files.list('t', LISTED)).map(({ id }) => id)).toEqual(['file-1', 'file-2'])
  clock.time = 6000
  expect((await files.list('t', LISTED)).map(({ id }) => id)).toEqual(['file-2'])
  expect([await kindOf(files.find('t', 'file-1')), await kindOf(files.delete('t', 'file-1'))]).toEqual(['not_found', 'not_found'])
  expect([await files.expire(10), await files.expire(10), objects.size]).toEqual([1, 0, 1])
  await files.delete('t', 'file-2')
  expect(objects.size).toBe(0)
})

test('a file that came in parts expires by the time of its completion', async () => {
  const { files, uploads, clock } = world()
  await uploads.create('t', 'upload_1', { filename: 'a', mimeType: 'text/plain', bytes: 4, lifetime: 5000 })
  const stream = new Response(bytes).body!
  const { id } = await uploads.addPart('t', 'upload_1', stream, () => ({ offset: 0, bytes: 4 }))
  clock.time = 3000
  const { file } = await uploads.complete('t', 'upload_1', [id], undefined)
  expect(file!.expiresAt).toBe(8000)
  clock.time = 8000
  expect([await kindOf(files.find('t', file!.id)), await files.expire(10)]).toEqual(['not_found', 1])
})

test('evals in the order of their changes, page by page, both ways', async () => {
  const { evals, clock } = world()
  const make = (id: string) =>
    evals.put('t', { id, name: null, dataSourceConfig: { type: 'dataset', task: 'vqa' }, criteria: [], metadata: null })
  for (const id of ['a', 'b', 'c']) await make(id)
  clock.time = 2000
  await evals.update('t', 'a', { name: 'changed' })
  const pages = async (order: 'asc' | 'desc') => {
    const found: string[] = []
    for (;;) {
      const after = found.at(-1)
      const page = await evals.list('t', { limit: 2, order, order_by: 'updated_at', ...(after !== undefined && { after }) })
      found.push(...page.map(({ id }) => id))
      if (page.length < 2) return found
    }
  }
  expect(await pages('asc')).toEqual(['b', 'c', 'a'])
  expect(await pages('desc')).toEqual(['a', 'c', 'b'])
  expect(await kindOf(evals.list('t', { ...LISTED, order_by: 'updated_at', after: 'gone' }))).toBe('invalid')
})
