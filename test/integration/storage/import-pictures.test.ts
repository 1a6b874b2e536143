/**
 * The pictures of an import in D1 and R2: kept while the import needs them, then by the version alone.
 */
import { beforeEach, expect, test } from 'vitest'
import type { VersionFacts } from '../../../src/contracts/catalogue-ports.ts'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { ImportPictures, NamedReference } from '../../../src/contracts/import-ports.ts'
import { pathOfKey, pictureKey, stemKeyOf } from '../../../src/contracts/picture-path.ts'
import { createImageStore } from '../../../src/storage/catalogue/image-store.ts'
import { createDatasetStore } from '../../../src/storage/dataset-store.ts'
import { createImportPictures } from '../../../src/storage/import-pictures.ts'
import { createImportStore } from '../../../src/storage/import-store.ts'
import { createUploadStore } from '../../../src/storage/objects.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const clock = { now: () => 1_800_000_000_000 }
const VERSION = 'd'.repeat(64)

let objects: Map<string, Uint8Array>
let world: ReturnType<typeof createWorld>

function createWorld() {
  const { db } = sqliteD1()
  objects = new Map()
  const bucket = memoryBucket(objects)
  const claims = createObjectClaims(db, bucket, clock)
  return {
    images: createImageStore(db, clock),
    imports: createImportStore(db, clock),
    datasets: createDatasetStore(db, bucket, clock, () => 'ds_1', claims),
    picturesOf: (tenant: string, id: string): ImportPictures => createImportPictures(db, bucket, claims, tenant, id),
  }
}

async function picture(name: string, content: string): Promise<NamedReference & { readonly bytes: Uint8Array }> {
  const bytes = new TextEncoder().encode(content)
  const reference = { sha256: await sha256Hex(bytes), media_type: 'image/png' as const, bytes: bytes.length, width: 2, height: 3 }
  return { name, stem: name.replace(/\.[^.]+$/, ''), reference, bytes }
}

const start = (tenant: string, id: string) =>
  world.imports.create(tenant, id, { name: 'set', format: 'karpathy', split: 'test', files: {}, storedImages: [] })

const contents = () =>
  [...objects]
    .filter(([key]) => key.includes('/images/'))
    .map(([, bytes]) => new TextDecoder().decode(bytes))
    .toSorted()

beforeEach(async () => {
  world = createWorld()
  await start('t', 'imp')
})

test('are found by name and by stem, within their import alone', async () => {
  await start('t', 'other')
  await start('u', 'imp')
  const pictures = world.picturesOf('t', 'imp')
  const a = await picture('a.png', 'A')
  await pictures.add([a, await picture('b.png', 'B'), await picture('a.jpg', 'C')])
  const { bytes: _, ...named } = a
  expect(await pictures.find(['a.png', 'x'])).toEqual([named])
  expect((await pictures.find(['a', 'b.png'])).map(({ name }) => name)).toEqual(['a.jpg', 'a.png', 'b.png'])
  expect(await world.picturesOf('t', 'other').find(['a.png'])).toEqual([])
  expect(await world.picturesOf('u', 'imp').find(['a.png'])).toEqual([])
})

test('are found by any end of their paths; of those in further folders, two that differ', async () => {
  const pictures = world.picturesOf('t', 'imp')
  const named = async (path: string, content: string) => {
    const key = pictureKey(path)
    return { ...(await picture(path, content)), name: key, stem: stemKeyOf(key) }
  }
  const folders = Array.from({ length: 40 }, (_, index) => `p/${index}/1.jpg`)
  await pictures.add(await Promise.all(folders.map((path, index) => named(path, index < 30 ? 'same' : path))))
  await pictures.add([await named('1.jpg', 'root'), await named('p/x1.jpg', 'x')])
  const find = async (path: string) => (await pictures.find([pictureKey(path)])).map(({ name }) => pathOfKey(name))
  expect(await find('35/1.jpg')).toEqual(['1.jpg', 'p/35/1.jpg'])
  expect(await find('photos/p/35/1')).toEqual(['1.jpg', 'p/35/1.jpg'])
  expect(await find('5/1.jpg')).toEqual(['1.jpg', 'p/5/1.jpg'])
  const [root, ...others] = await pictures.find(['1.jpg'])
  expect(root!.name).toBe('1.jpg')
  expect(new Set(others.map(({ reference }) => reference.sha256)).size).toBe(2)
  expect(others).toHaveLength(2)
  const refused = await named('p/3/1.jpg', 'another')
  await expect(pictures.add([refused])).rejects.toThrow('two different pictures are called p/3/1.jpg')
})

test('may be added again, but not under a name of another', async () => {
  const pictures = world.picturesOf('t', 'imp')
  const [a, b] = [await picture('a.png', 'A'), await picture('b.png', 'A')]
  await pictures.add([a, b])
  await pictures.add([a, b])
  expect(await pictures.count()).toEqual({ pictures: 1, used: 0, first: 'a.png' })
  await expect(pictures.add([await picture('a.png', 'other')])).rejects.toThrow('two different pictures are called a.png')
  await expect(pictures.add([await picture('c.png', 'C'), await picture('c.png', 'D')])).rejects.toThrow('called c.png')
  expect(contents()).toEqual(['A'])
})

test('that are stored already are named by their hash', async () => {
  const pictures = world.picturesOf('t', 'imp')
  const { name, stem, reference } = await picture('a.png', 'A')
  const named = [{ name, stem, sha256: reference.sha256 }]
  await expect(pictures.name(named)).rejects.toThrow(`no image with id "img_${reference.sha256}"`)
  await world.images.put('u', reference)
  await expect(pictures.name(named), 'another tenant’s').rejects.toThrow('no image')
  await world.images.put('t', reference)
  await pictures.name(named)
  expect(await pictures.find(['a'])).toEqual([{ name, stem, reference }])
})

test('become the version’s if an item uses them; the others are deleted at the end', async () => {
  const pictures = world.picturesOf('t', 'imp')
  const used = await picture('a.png', 'A')
  await pictures.add([used, await picture('b.png', 'B')])
  await pictures.use([used.reference.sha256])
  expect(await pictures.count()).toEqual({ pictures: 2, used: 1, first: 'a.png' })
  const facts: VersionFacts = {
    tenant: 't',
    name: 'set',
    digest: VERSION,
    task: 'retrieval',
    format: 'karpathy',
    items: 0,
    images: 1,
    clusters: 0,
    strata: [],
    source: {},
    columns: { cluster: new Uint32Array(), strata: [] },
    imageDigests: [],
    imagesOfImport: 'imp',
  }
  const committed = await world.datasets.commit(facts, new Uint32Array(1), async () => [])
  await world.imports.complete('t', 'imp', committed!.version)
  const stored = createUploadStore(memoryBucket(objects))
  expect(await stored.openImage('t', used.reference.sha256)).toMatchObject({ bytes: 1 })
  expect(await stored.openImage('u', used.reference.sha256), 'another tenant’s').toBeNull()
  expect(contents(), 'until the names are forgotten').toEqual(['A', 'B'])
  await pictures.clear()
  expect(contents()).toEqual(['A'])
  expect(await pictures.count()).toEqual({ pictures: 0, used: 0, first: null })
  await pictures.add([await picture('c.png', 'late')])
  expect(contents(), 'a straggler leaves nothing').toEqual(['A'])
  await world.datasets.delete('t', 'ds_1')
  expect(contents()).toEqual([])
})

test('of a failed import are deleted, unless something else uses them', async () => {
  const pictures = world.picturesOf('t', 'imp')
  const shared = await picture('a.png', 'A')
  await world.images.put('t', shared.reference)
  await pictures.add([shared, await picture('b.png', 'B')])
  await world.imports.fail('t', 'imp', { kind: 'internal', detail: 'x' })
  await pictures.clear()
  expect(contents()).toEqual(['A'])
})
