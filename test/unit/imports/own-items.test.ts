/**
 * Assay's own format within a request, with pictures.
 */
import { describe, expect, test } from 'vitest'
import { prepareTexts } from '../../support/official-files.ts'
import { pictures } from '../../support/tiny-datasets.ts'

const uploads = pictures(2).map(({ name, bytes }) => ({ filename: name, read: async () => bytes.slice() }))

const prepare = (lines: readonly object[], images = uploads) =>
  prepareTexts({
    tenant: 't',
    name: 'own',
    format: 'items-jsonl',
    files: { annotations: lines.map((line) => JSON.stringify(line)).join('\n') },
    images,
  })

describe('items-jsonl', () => {
  test('retrieval items have their pictures and no breakdown', async () => {
    const captions = ['one', 'two']
    const { version, unusedImages } = await prepare([
      { task: 'retrieval', id: 'a', image: '1.png', captions },
      { item: { task: 'retrieval', id: 'b', image: '2.png', captions } },
    ])
    expect(version).toMatchObject({ task: 'retrieval', items: 2, images: 2, strata: [], source: { task: 'retrieval' } })
    expect(version.columns.strata).toEqual([])
    expect(unusedImages).toBe(0)
  })

  test('questions have one where it was uploaded, and are broken down by type', async () => {
    const { version } = await prepare([
      { task: 'vqa', id: 1, image: '1.png', question: '?', answers: ['x'], answer_type: 'other' },
      { task: 'vqa', id: 2, question: '?', answers: ['x'] },
    ])
    expect(version).toMatchObject({ task: 'vqa', items: 2, images: 1 })
    expect(version.strata).toEqual([
      { name: 'answer_type', values: ['other', 'unspecified'] },
      { name: 'question_type', values: ['unspecified'] },
    ])
  })

  test('a retrieval item without its picture is refused', async () => {
    const items = prepare([{ task: 'retrieval', id: 'a', image: '3.png', captions: ['x'] }])
    await expect(items).rejects.toThrow('item a needs a picture called 3.png')
  })

  const broken = ['cut.png', 'photo.heic'].map((filename) => ({
    filename,
    read: async (): Promise<Uint8Array<ArrayBuffer>> =>
      filename === 'cut.png' ? new Uint8Array() : Uint8Array.from(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic')),
  }))

  test('a file that is no picture is left out where no item names it', async () => {
    const { version, unusedImages } = await prepare(
      [{ task: 'retrieval', id: 'a', image: '1.png', captions: ['x'] }],
      [...broken, uploads[0]!],
    )
    expect(version).toMatchObject({ items: 1, images: 1 })
    expect(unusedImages).toBe(2)
  })

  test('every named file that is no picture is listed, not the first alone', async () => {
    const items = prepare(
      [...broken.map(({ filename }) => filename), '1.png'].map((image) => ({
        task: 'retrieval',
        id: image,
        image,
        captions: ['x'],
      })),
      [...broken, ...uploads],
    )
    await expect(items).rejects.toMatchObject({
      failure: {
        kind: 'unprocessable',
        detail: expect.stringMatching(/cut\.png: .*\(and 1 more picture\)$/),
        errors: [
          { pointer: 'images/0', detail: expect.stringContaining('cut.png: ') },
          { pointer: 'images/1', detail: expect.stringContaining('photo.heic: this looks like HEIC') },
        ],
      },
    })
  })

  test('a single file that is no picture keeps its own kind of refusal', async () => {
    const items = prepare([{ task: 'retrieval', id: 'a', image: 'photo.heic', captions: ['x'] }], [broken[1]!])
    await expect(items).rejects.toMatchObject({ failure: { kind: 'unsupported_media', pointer: 'images/0' } })
  })

  test('two pictures of one name are told apart by their folders', async () => {
    const named = uploads.map((each, index) => ({ ...each, filename: `${'ab'[index]}/1.png` }))
    const itemOf = (image: string) => ({ task: 'retrieval', id: image, image, captions: ['x'] })
    const { version } = await prepare([itemOf('b/1.png'), itemOf('a/1.png')], named)
    const found = Object.fromEntries(version.orderedItems.map(({ id, image }) => [id, image!.sha256]))
    const expected = await prepare([itemOf('1.png'), itemOf('2.png')])
    const plain = Object.fromEntries(expected.version.orderedItems.map(({ id, image }) => [id, image!.sha256]))
    expect(found).toEqual({ 'a/1.png': plain['1.png'], 'b/1.png': plain['2.png'] })
    await expect(prepare([itemOf('1.png')], named)).rejects.toThrow(
      '1.png may be a/1.png and b/1.png, two different pictures; name one by its path, such as "a/1.png"',
    )
    await expect(prepare([itemOf('c/1.png')], named)).rejects.toThrow(
      'item c/1.png needs a picture called c/1.png; a/1.png is there, but lies in another folder',
    )
  })

  test.each([
    ['a list', '[{"task":"vqa","id":1,"question":"?","answers":["x"]}]', 'is an array; write its entries one per line'],
    ['an object over several lines', '{\n"task":"vqa","id":1}', 'Write one object per line, each whole on its line'],
    ['a table', 'image,caption\n1.png,one\n', 'A table of comma-separated values is of the format items-csv'],
  ])('%s is refused with the way out', async (_, annotations, way) => {
    const importing = prepareTexts({ tenant: 't', name: 'own', format: 'items-jsonl', files: { annotations }, images: [] })
    await expect(importing).rejects.toThrow(way)
  })
})
