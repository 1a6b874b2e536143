/** Data of any size on their way to the server: one request, or archives in parts. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { picturesText } from '../../../../src/cli/client/eval.ts'
import { importDataset } from '../../../../src/cli/client/upload.ts'
import type { Connection } from '../../../../src/cli/connection.ts'
import { openTar } from '../../../../src/imports/archives/tar.ts'
import { pictures } from '../../../support/tiny-datasets.ts'
import { FileWindow } from '../../../../src/imports/archives/file-window.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-upload-'))
  await mkdir(join(folder, 'photos'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const DATASET = { id: 'ds_1' }
const LONG = `${'a'.repeat(120)}.jpg`
const CONFIG = { name: 'mine', format: 'items-csv', files: { annotations: 'a.csv' }, images: 'photos' }
const file = { path: (name: string) => join(folder, name) }

/** A server that keeps what it is sent. */
const progress = { items_without_image: 1, unused_images: 2 }

function fakeServer(ended: object = { status: 'completed', error: null, dataset: DATASET, progress }) {
  const calls: string[] = []
  const bodies: unknown[] = []
  const parts: Buffer[] = []
  const server = {
    async send(method: string, path: string, body: unknown) {
      calls.push(`${method} ${path}`)
      if (path === '/v1/datasets') bodies.push(body)
      return path.endsWith('/complete') ? { file: { id: 'file-tar' } } : { id: path === '/v1/uploads' ? 'up' : 'imp' }
    },
    async call(method: string, path: string, init: RequestInit = {}) {
      calls.push(`${method} ${path}`)
      if (path.startsWith('/v1/dataset_imports')) return ended
      const form = init.body as FormData
      if (path === '/v1/datasets') bodies.push([...form].map(([field, value]) => [field, (value as File).name ?? value]))
      if (path.endsWith('/parts')) parts.push(Buffer.from(await (form.get('data') as File).arrayBuffer()))
      return path === '/v1/datasets' ? DATASET : { id: path === '/v1/files' ? 'file-csv' : 'part' }
    },
  } as unknown as Connection
  return { server, calls, bodies, parts }
}

async function write(): Promise<void> {
  await writeFile(join(folder, 'a.csv'), 'image,caption\n')
  for (const name of ['é 1.JPG', LONG, 'IMG.HEIC', 'notes.txt']) await writeFile(join(folder, 'photos', name), name)
}

test('pictures are called by their paths below the folder, or in the list', async () => {
  await write()
  for (const folder_ of ['cats', 'dogs']) {
    await mkdir(join(folder, 'classes', folder_), { recursive: true })
    await writeFile(join(folder, 'classes', folder_, '1.jpg'), folder_)
  }
  const { server, bodies } = fakeServer()
  await importDataset(server, { ...CONFIG, images: 'classes' }, file, () => {})
  const list = ['./classes/cats/1.jpg', 'classes/../classes/dogs/1.jpg']
  await importDataset(server, { ...CONFIG, images: list }, file, () => {})
  const sent = bodies.map((body) => (body as [string, string][]).filter(([field]) => field === 'images').map(([, name]) => name))
  expect(sent).toEqual([
    ['cats/1.jpg', 'dogs/1.jpg'],
    ['classes/cats/1.jpg', 'classes/classes/dogs/1.jpg'],
  ])
})

test('what fits goes in one request, with every picture of the folder and no other file', async () => {
  await write()
  const { server, calls, bodies } = fakeServer()
  expect(await importDataset(server, CONFIG, file, () => {})).toBe(DATASET)
  expect(calls).toEqual(['POST /v1/datasets'])
  expect(bodies).toEqual([
    [
      ['name', 'mine'],
      ['format', 'items-csv'],
      ['annotations', 'a.csv'],
      ['images', 'IMG.HEIC'],
      ['images', LONG],
      ['images', 'é 1.JPG'],
    ],
  ])
})

test('a file without an ending, or with a foreign one, goes along if its content is a picture', async () => {
  await write()
  const { bytes } = pictures(1)[0]!
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1')
  const files = {
    IMG_2001: bytes,
    'IMG 2001.05': bytes,
    phone: heic,
    LICENSE: 'MIT',
    'raw.cr2': 'II*\0',
    'a.csv': 'image,label',
    empty: '',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'photos', name), content)
  const { server, bodies } = fakeServer()
  await importDataset(server, CONFIG, file, () => {})
  const sent = (bodies[0] as string[][]).filter(([field]) => field === 'images').map(([, name]) => name)
  expect(sent).toEqual(['IMG 2001.05', 'IMG.HEIC', 'IMG_2001', LONG, 'phone', 'é 1.JPG'])
})

test('pictures in folders below go along, with their paths; hidden folders do not', async () => {
  await write()
  for (const sub of ['photos/cats/old', 'photos/.cache']) await mkdir(join(folder, sub), { recursive: true })
  for (const name of ['cats/old/tom.jpg', 'cats/kit.png', '.cache/thumb.jpg', '._a.jpg'])
    await writeFile(join(folder, 'photos', name), name)
  const { server, bodies } = fakeServer()
  await importDataset(server, CONFIG, file, () => {})
  expect((bodies[0] as string[][]).filter(([field]) => field === 'images').map(([, name]) => name)).toEqual([
    'IMG.HEIC',
    LONG,
    'cats/kit.png',
    'cats/old/tom.jpg',
    'é 1.JPG',
  ])
})

test('more goes in parts: the archive has each picture under its name, also one that is long or not ASCII', async () => {
  await write()
  const { server, calls, bodies, parts } = fakeServer()
  const said: string[] = []
  const dataset = await importDataset(server, CONFIG, file, (line) => said.push(line), { bytes: 100, pictures: 5000 })
  expect(dataset).toEqual({ ...DATASET, ...progress })
  expect(calls).toEqual([
    'POST /v1/files',
    'POST /v1/uploads',
    'POST /v1/uploads/up/parts',
    'POST /v1/uploads/up/complete',
    'POST /v1/datasets',
    'GET /v1/dataset_imports/imp',
  ])
  expect(bodies).toEqual([
    { name: 'mine', format: 'items-csv', files: { annotations: 'file-csv' }, images: [{ file_id: 'file-tar' }] },
  ])
  expect(said).toEqual(['dataset mine has 0 MB, and is sent in parts', 'uploaded archive 1: 3 pictures, 0 MB'])
  expect(await entriesOf(Buffer.concat(parts))).toEqual([
    ['IMG.HEIC', 'IMG.HEIC'],
    [LONG, LONG],
    ['é 1.JPG', 'é 1.JPG'],
  ])
})

test.each([
  [{ version: { images: 0 }, items_without_image: 9 }, ''],
  [{ version: { images: 1 } }, ', 1 picture'],
  [{ version: { images: 29 }, items_without_image: 1, unused_images: 0 }, ', 29 pictures; 1 item without a picture'],
  [
    { version: { images: 2 }, items_without_image: 3, unused_images: 2 },
    ', 2 pictures; 3 items without a picture; 2 pictures without an item',
  ],
])('what did not find each other is said: %j', (dataset, text) => {
  expect(picturesText(dataset as never)).toBe(text)
})

test('an import that fails is a failure of the server, with its sentence', async () => {
  await write()
  const failed = { status: 'failed', error: { detail: 'item 1 needs a picture called b.jpg' }, dataset: null }
  const importing = importDataset(fakeServer(failed).server, CONFIG, file, () => {}, { bytes: 1, pictures: 5000 })
  await expect(importing).rejects.toMatchObject({
    name: 'ServerError',
    message: 'the import failed: item 1 needs a picture called b.jpg',
  })
})

async function entriesOf(archive: Buffer): Promise<[string, string][]> {
  const bytes = new Uint8Array(archive)
  const window = new FileWindow({
    bytes: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
  })
  const tar = openTar(window)
  const entries: [string, string][] = []
  for (let position = 0; ;) {
    const entry = await tar.entry(position)
    if (entry === null) return entries
    entries.push([entry.name, new TextDecoder().decode(await entry.read())])
    position = entry.next
  }
}
