/** Damaged objects are reported by name, and fail only what needs them. */
import { describe, expect, test, vi } from 'vitest'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { Failure } from '../../../src/contracts/failure.ts'
import type { VqaItem } from '../../../src/tasks/vqa/item.ts'
import { CHECKED_BLOCK_BYTES } from '../../../src/storage/block-checksums.ts'
import { createDatasetStore } from '../../../src/storage/dataset-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createBlobs, createUploadStore, objectKey } from '../../../src/storage/objects.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

vi.spyOn(console, 'error').mockImplementation(() => {})

const ITEMS = 900
const DIGEST = 'd'.repeat(64)
/** About a kilobyte each: several blocks. */
const items = Array.from({ length: ITEMS }, (_, ordinal): VqaItem => ({
  task: 'vqa',
  id: `q${ordinal}`,
  cluster: `${ordinal}`,
  image: null,
  question: `question ${ordinal} ${'x'.repeat(900)}`,
  question_type: 'what',
  answer_type: 'other',
  answers: ['red'],
}))

async function world() {
  const { db } = sqliteD1()
  const objects = new Map<string, Uint8Array>()
  const bucket = memoryBucket(objects)
  const clock = { now: () => 1 }
  const datasets = createDatasetStore(db, bucket, clock, () => 'ds', createObjectClaims(db, bucket, clock))
  await datasets.put({
    tenant: 't',
    name: 'd',
    digest: DIGEST,
    task: 'vqa',
    format: 'items-jsonl',
    items: ITEMS,
    images: 0,
    clusters: ITEMS,
    strata: [{ name: 'answer_type', values: ['other'] }],
    source: {},
    orderedItems: items,
    columns: { cluster: Uint32Array.from(items, (_, ordinal) => ordinal), strata: [new Uint16Array(ITEMS)] },
    imageDigests: [],
  })
  const key = (part: 'items.jsonl' | 'items.idx' | 'columns.bin' | 'checksums.json') => objectKey.dataset('t', DIGEST, part)
  const open = () => datasets.open('t', 'ds', DIGEST)
  return { db, objects, bucket, key, open, blobs: createBlobs(bucket), uploads: createUploadStore(bucket) }
}

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => Promise.reject(new Error('it was read')),
    (error: unknown) => (error as { failure: Failure }).failure ?? Promise.reject(error),
  )
const damaged = (object: string) => ({ kind: 'damaged', object, detail: expect.stringContaining(object) as string })

/** Changes one byte but not the length. */
function spoil(objects: Map<string, Uint8Array>, key: string, at = 0): void {
  const bytes = objects.get(key)!.slice()
  bytes[at]! ^= 1
  objects.set(key, bytes)
}

describe('a dataset', () => {
  test('is read as it was stored, wherever a range begins and ends', async () => {
    const { open, objects, key } = await world()
    expect(objects.get(key('items.jsonl'))!.length).toBeGreaterThan(3 * CHECKED_BLOCK_BYTES)
    const reader = await open()
    for (const [first, end] of [
      [0, 1],
      [0, ITEMS],
      [ITEMS - 1, ITEMS],
      [250, 270],
      [511, 777],
    ] as const)
      expect(await reader.items(first, end)).toEqual(items.slice(first, end))
    expect((await reader.columns()).cluster).toEqual(Uint32Array.from({ length: ITEMS }, (_, ordinal) => ordinal))
  })

  test('with one changed item fails only where that item is read', async () => {
    const { open, objects, key } = await world()
    const text = new TextDecoder().decode(objects.get(key('items.jsonl')))
    spoil(objects, key('items.jsonl'), text.indexOf('question 850 '))
    const reader = await open()
    expect(await failureOf(reader.items(840, 860))).toMatchObject(damaged(key('items.jsonl')))
    expect(await reader.items(0, 200)).toEqual(items.slice(0, 200))
    expect((await reader.columns()).cluster).toHaveLength(ITEMS)
  })

  test('whose index leads to other lines is not read by it', async () => {
    const { open, objects, key } = await world()
    // Line 2 in place of line 1: each line is valid by itself.
    const index = new Uint32Array(objects.get(key('items.idx'))!.slice().buffer)
    index[1] = index[2]!
    objects.set(key('items.idx'), new Uint8Array(index.buffer))
    expect(await failureOf((await open()).items(1, 2))).toMatchObject(damaged(key('items.idx')))
  })

  test.each(['items.jsonl', 'items.idx', 'columns.bin', 'checksums.json'] as const)('that has lost %s says so', async (part) => {
    const { open, objects, key } = await world()
    objects.delete(key(part))
    const reader = await open()
    const read = part === 'columns.bin' ? reader.columns() : reader.items(0, 1)
    expect(await failureOf(read)).toEqual({
      kind: 'damaged',
      object: key(part),
      detail: `object ${key(part)} is missing from the object store`,
    })
  })

  test.each(['columns.bin', 'checksums.json'] as const)('whose %s is altered, or cut, says so', async (part) => {
    for (const alter of ['spoil', 'cut']) {
      const { open, objects, key } = await world()
      if (alter === 'spoil') spoil(objects, key(part), 5)
      else objects.set(key(part), objects.get(key(part))!.slice(0, -7))
      expect(await failureOf((await open()).columns()), alter).toMatchObject(damaged(key(part)))
    }
  })

  test('that was imported before checksums existed is read as before', async () => {
    const { db, objects, key, open } = await world()
    objects.delete(key('checksums.json'))
    await db.prepare(`UPDATE dataset_versions SET manifest = json_remove(manifest, '$.checksums')`).run()
    expect(await (await open()).items(3, 5)).toEqual(items.slice(3, 5))
  })
})

describe('objects named by their digest', () => {
  test('a picture', async () => {
    const { uploads, objects } = await world()
    const bytes = new Uint8Array([1, 2, 3])
    const sha256 = await sha256Hex(bytes)
    await uploads.putImage('t', sha256, bytes)
    expect(await uploads.readImage('t', sha256)).toEqual(bytes)
    spoil(objects, objectKey.image('t', sha256))
    expect(await failureOf(uploads.readImage('t', sha256))).toMatchObject(damaged(objectKey.image('t', sha256)))
    objects.clear()
    expect(await failureOf(uploads.readImage('t', sha256))).toMatchObject({ kind: 'not_found', resource: 'image' })
  })

  test("a shard's evidence, embeddings and rows, and a proxy's scores", async () => {
    const { blobs, objects } = await world()
    for (const kind of ['evidence', 'embeddings', 'rows'] as const) {
      const key = await blobs.putHashed({ tenant: 't', id: 'evalrun_1' }, kind, new Uint8Array([1, 2, 3]))
      expect(await blobs.get(key)).toEqual(new Uint8Array([1, 2, 3]))
      spoil(objects, key)
      expect(await failureOf(blobs.get(key)), kind).toMatchObject(damaged(key))
      objects.delete(key)
      expect(await failureOf(blobs.get(key)), kind).toMatchObject(damaged(key))
    }
    const digest = await blobs.putScores('t', Float64Array.of(0.5, 1))
    expect(await blobs.readScores('t', digest)).toEqual(Float64Array.of(0.5, 1))
    spoil(objects, objectKey.scores('t', digest))
    expect(await failureOf(blobs.readScores('t', digest))).toMatchObject(damaged(objectKey.scores('t', digest)))
  })
})

test('answers of a results file are checked, too', async () => {
  const { uploads, objects } = await world()
  const answers = items.map(({ id }, index) => ({ id, answer: `answer ${index} ${'y'.repeat(400)}` }))
  await uploads.putAnswers('t', 'r', DIGEST, answers)
  expect(await uploads.readAnswers('t', 'r', DIGEST, 400, 402)).toEqual(answers.slice(400, 402))
  const key = objectKey.answers('t', 'r', DIGEST, 'answers.jsonl')
  spoil(objects, key, 10)
  expect(await failureOf(uploads.readAnswers('t', 'r', DIGEST, 0, 1))).toMatchObject(damaged(key))
  expect(await uploads.readAnswers('t', 'r', DIGEST, 890, 900)).toEqual(answers.slice(890))
})
