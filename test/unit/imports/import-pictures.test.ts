/**
 * Pictures in archives, by name of stored ones, and by both: the job gives the version of the import within a
 * request, wherever its slices end and whatever crashes in between.
 */
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/contracts/canonical-json.ts'
import { describeFailure, type Failure } from '../../../src/contracts/failure.ts'
import { describePicture } from '../../../src/imports/pictures.ts'
import type { SliceLimits } from '../../../src/imports/state.ts'
import { packLines } from '../../../src/storage/packed-lines.ts'
import { tarOf, zipOf } from '../../support/archives.ts'
import { prepareTexts } from '../../support/official-files.ts'
import { karpathyFile, pictures, vqaFiles } from '../../support/tiny-datasets.ts'
import { runImport, type WorldOptions } from './import-world.ts'
import { STRIDE } from '../../support/cases.ts'

const SMALL: SliceLimits = { readBytes: 4000, heldText: 1500, fetchBytes: 700 }
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

const COUNT = 12
const PICTURES = pictures(COUNT)
const KARPATHY = karpathyFile(COUNT)
const inFolder = PICTURES.map(({ name, bytes }) => ({ name: `photos/${name}`, bytes }))
const NOTES = { name: 'photos/README.txt', bytes: encode('notes') }
const UNUSED = { name: 'photos/other.png', bytes: pictures(1, 99)[0]!.bytes }

async function inMemory(annotations: unknown, uploads = inFolder) {
  const { version } = await prepareTexts({
    tenant: 't',
    name: 'set',
    format: 'karpathy',
    split: 'test',
    files: { annotations: JSON.stringify(annotations) },
    images: uploads.map(({ name, bytes }) => ({ filename: name, read: async () => bytes.slice() })),
  })
  const { orderedItems, imageDigests, ...facts } = version
  return { facts, imageDigests, ...packLines(orderedItems, canonicalJson) }
}

const byJob = (archives: readonly Uint8Array[], options: Partial<WorldOptions> = {}, annotations: unknown = KARPATHY) =>
  runImport({
    format: 'karpathy',
    split: 'test',
    files: {
      annotations: encode(annotations),
      ...Object.fromEntries(archives.map((bytes, index) => [`images/${index}`, bytes])),
    },
    limits: SMALL,
    ...options,
  })

describe('an import with pictures', () => {
  test.each([
    ['one tar', [tarOf(inFolder)]],
    ['a tar and a zip', [tarOf(inFolder.slice(0, 5)), zipOf(inFolder.slice(5).map((file) => ({ ...file, deflated: true })))]],
    ['a zip, stored', [zipOf(inFolder)]],
  ])('gives the version of the import within a request: %s', async (_, archives) => {
    const expected = await inMemory(KARPATHY)
    const found = await byJob(archives)
    expect(found.error).toBeNull()
    const { imageDigests, imagesOfImport, ...facts } = found.version!.facts
    expect(facts).toEqual(expected.facts)
    expect([...imageDigests, imagesOfImport]).toEqual(['imp'])
    expect([...found.pictures.keys()].toSorted()).toEqual(expected.imageDigests)
    for (const [sha256, bytes] of found.pictures) expect((await describePicture(bytes)).sha256).toBe(sha256)
    expect(Buffer.compare(found.version!.items, expected.body)).toBe(0)
    expect(found.version!.offsets).toEqual(expected.offsets)
    expect(found.left).toBe(0)
    expect(found.progress).toMatchObject({ pictures: COUNT, ignored_entries: 0, items_without_image: 0, unused_images: 0 })
    expect(found.progress.bytes_read).toBe(found.progress.bytes_total)
  })

  test.each([
    ['whose pictures share names', (index: number) => `photos/class ${index % 3}/${index % 4}.png`],
    ['whose names are their own', (index: number) => `photos/class ${index % 3}/${index}.png`],
  ])('reads a table with a folder per class %s', async (_, pathOf) => {
    const files = PICTURES.map(({ bytes }, index) => ({ name: pathOf(index), bytes }))
    const annotations = `image,label\n${files.map(({ name }, index) => `${name},${index % 3}`).join('\n')}\n`
    const request = { tenant: 't', name: 'set', format: 'items-csv', files: { annotations } }
    const images = files.map(({ name, bytes }) => ({ filename: name, read: async () => bytes.slice() }))
    const { orderedItems, ...expected } = (await prepareTexts({ ...request, images })).version
    expect(new Set(orderedItems.map(({ image }) => image!.sha256)).size).toBe(COUNT)
    for (const archive of [tarOf(files), zipOf(files)]) {
      const table = new TextEncoder().encode(annotations)
      const found = await runImport({ format: 'items-csv', files: { annotations: table, 'images/0': archive }, limits: SMALL })
      expect(found.error).toBeNull()
      expect(found.version!.facts.digest).toBe(expected.digest)
      expect(Buffer.compare(found.version!.items, packLines(orderedItems, canonicalJson).body)).toBe(0)
    }
  })

  test('takes stored pictures by name beside an archive, and counts what is ignored and unused', async () => {
    const storedImages = await Promise.all(
      PICTURES.slice(0, 3).map(async ({ name, bytes }) => ({ name, reference: await describePicture(bytes) })),
    )
    const archive = tarOf([
      NOTES,
      { name: 'photos/', type: '5' },
      ...inFolder.slice(3),
      UNUSED,
      { name: '__MACOSX/._1.png', bytes: NOTES.bytes },
    ])
    const found = await byJob([archive], { storedImages })
    expect(found.error).toBeNull()
    expect(Buffer.compare(found.version!.items, (await inMemory(KARPATHY)).body)).toBe(0)
    expect(found.progress).toMatchObject({ pictures: COUNT + 1, ignored_entries: 2, unused_images: 1 })
    expect(found.version!.facts.images).toBe(COUNT)
  })

  test('tells pictures without a picture’s ending by their content, and ignores other files', async () => {
    const bare = PICTURES.map(({ bytes }, index) => ({ name: `photos/${index + 1}${['', '.dat', '.v1'][index % 3]}`, bytes }))
    const others = ['LICENSE', 'photos/table.csv', 'empty'].map((name) => ({ name, bytes: encode(name) }))
    for (const archive of [tarOf([...others, ...bare]), zipOf([...others, ...bare])]) {
      const found = await byJob([archive])
      expect(found.error).toBeNull()
      expect(found.progress).toMatchObject({ pictures: COUNT, ignored_entries: 3, unused_images: 0 })
      expect(Buffer.compare(found.version!.items, (await inMemory(KARPATHY)).body)).toBe(0)
    }
    expect(await failureOf([tarOf([{ name: 'photo', bytes: heic }])])).toContain('photo: this looks like HEIC')
  })

  test('passes thousands of ignored entries in a slice', async () => {
    const notes = Array.from({ length: 6000 }, (_, index) => ({ name: `notes/${index}.txt`, bytes: NOTES.bytes }))
    const few = await byJob([tarOf(inFolder)])
    const many = await byJob([tarOf([...notes, ...inFolder])])
    expect(many.error).toBeNull()
    expect(many.progress).toMatchObject({ pictures: COUNT, ignored_entries: 6000 })
    expect(many.slices - few.slices).toBe(1)
  })

  test('goes on after a crash before or after anything it does, and comes to the same', async () => {
    const archives = [tarOf(inFolder.slice(0, 7)), zipOf(inFolder.slice(7))]
    const smooth = await byJob(archives)
    expect(smooth.slices).toBeGreaterThan(10)
    for (let at = 0; at < smooth.operations; at += STRIDE) {
      const crashed = await byJob(archives, { crashes: new Set([at, at + 3]) })
      expect(crashed.version, `operation ${at}`).toEqual(smooth.version)
      expect(crashed.pictures, `operation ${at}`).toEqual(smooth.pictures)
      expect(crashed.progress, `operation ${at}`).toEqual(smooth.progress)
      expect(crashed.left, `operation ${at}`).toBe(0)
    }
  })

  const failureOf = async (archives: readonly Uint8Array[], options?: Partial<WorldOptions>) => {
    const { error, version, left } = await byJob(archives, options)
    expect(version).toBeNull()
    expect(left).toBe(0)
    return describeFailure(error as Failure)
  }

  const [one] = inFolder
  /** Offset of the second header. */
  const SECOND = 512 + 512 * Math.ceil(one!.bytes.length / 512)
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')

  test.each([
    [
      'an item without its picture',
      [tarOf(inFolder.slice(1))],
      'an item has no picture among those sent; item 0 needs a picture called 1',
    ],
    ['no picture of any item', [tarOf([UNUSED])], 'item 0 needs a picture called 1'],
    [
      'two pictures of one name',
      [tarOf([...inFolder, { ...UNUSED, name: 'b/1.png' }])],
      '1.png may be b/1.png and photos/1.png, two different pictures; name one by its path, such as "b/1.png"',
    ],
    [
      'two archives with one name',
      [tarOf(inFolder), zipOf([{ ...UNUSED, name: './photos/1.png' }])],
      'two different pictures are called photos/1.png; rename one',
    ],
    [
      'a picture that is none',
      [tarOf([{ name: 'photos/a.jpg', bytes: NOTES.bytes }])],
      'photos/a.jpg: image refused (unknown_format)',
    ],
    ['a picture cut off', [zipOf([{ name: 'a.png', bytes: one!.bytes.slice(0, 40) }])], 'a.png: image refused (truncated)'],
    ['another format', [tarOf([{ name: 'a.heic', bytes: heic }])], 'a.heic: this looks like HEIC'],
    ['a link', [tarOf([{ name: 'a.jpg', type: '2' }])], 'a.jpg: is a link; store the file itself'],
    ['a hard link', [tarOf([{ name: 'a.jpg', type: '1' }])], 'a.jpg: is a link'],
    ['a link in a zip', [zipOf([{ name: 'a.jpg', mode: 0o120777 }])], 'a.jpg: is a link'],
    ['a device', [tarOf([{ name: 'a.jpg', type: '3' }])], 'a.jpg: is not a regular file'],
    [
      'a path out of the folder',
      [tarOf([{ ...one!, name: '../../etc/1.png' }])],
      '../../etc/1.png: its path leaves the folder of the archive',
    ],
    ['an absolute path', [zipOf([{ ...one!, name: '/etc/1.png' }])], '/etc/1.png: its path leaves the folder'],
    ['a path with backslashes', [zipOf([{ ...one!, name: 'a\\..\\1.png' }])], 'its path leaves the folder'],
    [
      'an entry too large',
      [tarOf([{ name: 'a.jpg', size: 9 * 2 ** 20 }])],
      'a.jpg: has 9437184 bytes, a picture at most 8388608; make it smaller first, e.g. magick',
    ],
    [
      'an entry too large in a zip',
      [zipOf([{ name: 'a.jpg', bytes: new Uint8Array(9 * 2 ** 20), deflated: true }])],
      'a.jpg: has 9437184 bytes',
    ],
    [
      'a zip bomb',
      [zipOf(Array.from({ length: 9 }, (_, n) => ({ name: `${n}.jpg`, bytes: new Uint8Array(8 * 2 ** 20), deflated: true })))],
      'it is refused as a zip bomb',
    ],
    ['a wrong size in a zip', [zipOf([{ ...one!, deflated: true, size: 20 }])], 'cannot be unpacked: decompressed size'],
    ['an encrypted entry', [zipOf([{ ...one!, encrypted: true, deflated: true }])], 'is encrypted; store it without a password'],
    ['a name that is not UTF-8', [tarOf([{ ...one!, name: 'a\u{FFFD}.png' }])], 'its name is not UTF-8'],
    ['a tar cut off within an entry', [tarOf(inFolder).slice(0, 5000)], 'it is truncated: send it again'],
    [
      'a tar without its end mark',
      [tarOf(inFolder).slice(0, -1024)],
      'without the end mark of a tar; it is truncated: send it again',
    ],
    ['a damaged tar', [tarOf(inFolder).map((byte, at) => (at === SECOND + 150 ? 7 : byte))], 'has no tar header at byte'],
    ['a zip cut off', [zipOf(inFolder).slice(0, 3000)], 'is a damaged or truncated zip archive'],
    ['gzip', [new Uint8Array([0x1f, 0x8b, 8, 0])], 'send a plain tar: gunzip pictures.tar.gz'],
    ['another file', [encode({ a: 1 })], 'is neither a tar nor a zip archive; make one with: tar -cf'],
    ['an empty file', [new Uint8Array()], 'is neither a tar nor a zip archive'],
  ])('refuses %s', async (_, archives, message) => {
    expect(await failureOf(archives)).toContain(message)
  })

  test('lists the wrong entries of a slice, each with its place', async () => {
    const wrong = ['a.jpg', 'b.jpg'].map((name) => ({ name, bytes: NOTES.bytes }))
    const { error } = await byJob([tarOf(inFolder), tarOf(wrong)])
    expect(error).toMatchObject({
      kind: 'unprocessable',
      detail: expect.stringMatching(/^a\.jpg: .* \(and 1 more\)$/),
      errors: [
        { pointer: '/images/1', detail: expect.stringMatching(/^a\.jpg: /) },
        { pointer: '/images/1', detail: expect.stringMatching(/^b\.jpg: /) },
      ],
    })
  })

  test('imports questions without their pictures, and says how many', async () => {
    const { questions, annotations } = vqaFiles(6)
    const files = { questions: encode(questions), annotations: encode(annotations) }
    const found = await runImport({
      format: 'vqa-v2',
      files: { ...files, 'images/0': tarOf(inFolder.slice(0, 2)) },
      limits: SMALL,
    })
    expect(found.error).toBeNull()
    expect(found.progress).toMatchObject({ items_without_image: 2, unused_images: 0, pictures: 2 })
    const none = await runImport({ format: 'vqa-v2', files: { ...files, 'images/0': tarOf([UNUSED]) }, limits: SMALL })
    expect(describeFailure(none.error as Failure)).toMatch(
      /none of the 1 uploaded pictures is one of this dataset: item 1000 looks for COCO_test_000000000001 or tiny_test_000000000001 or 000000000001; the first upload is called photos\/other\.png/,
    )
  })

  test('refuses a sentence id that comes twice, as the import within a request does', async () => {
    const twice = structuredClone(KARPATHY)
    ;(twice.images[7]!['sentences'] as { sentid: number }[])[2]!.sentid = 3
    const failure = await inMemory(twice).then(
      () => expect.fail('it was taken'),
      (error: { failure: Failure }) => error.failure,
    )
    expect(describeFailure(failure)).toContain('/images/7/sentences/2/sentid: 3 was already used by /images/0/sentences/3')
    expect((await byJob([tarOf(inFolder)], {}, twice)).error).toEqual(failure)
  })
})
