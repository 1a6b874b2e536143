/** Datasets that `bench -- quality` finds, and the archives that it makes of their pictures. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDatasets } from '../../../bench/quality/find-datasets.ts'
import { DATASET_KINDS } from '../../../bench/quality/kinds.ts'
import { datasetName, importPictures } from '../../../bench/quality/import-pictures.ts'
import { findPicture } from '../../../bench/quality/pictures.ts'
import { tarEnd, tarHeader, tarPadding } from '../../../src/cli/client/tar.ts'
import type { ApiClient } from '../../../scripts/api-client.ts'
import { samplePng } from '../../support/png.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-quality-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(path: string, content: string | Uint8Array = '{}'): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), content)
}

test('nested folders are named by their path, and none is searched twice or among pictures', async () => {
  await write('b/deep/dataset.json')
  await write('b/deep/images/dataset.json')
  await write('a/labels.json')
  await write('a/names.json')
  await write('alone/labels.json')
  await write('nlvr/images/0/dev-1-0.png', '')
  await write('nlvr/dev.json', '{"sentence": "s", "label": "true", "identifier": "1-0", "directory": "0"}\n')
  await symlink(join(root, 'b'), join(root, 'again'))
  const found = await findDatasets(root, DATASET_KINDS)
  expect(found.map(({ name, kinds }) => [name, kinds.map((kind) => DATASET_KINDS.indexOf(kind))])).toEqual([
    ['a', [1]],
    ['again/deep', [0]],
    ['nlvr', [2]],
  ])
})

test.each([
  ['q/names', 'q-names'],
  ['_old/../photos (1)', 'old-..-photos -1-'],
  ['画', 'dataset'],
  ['a'.repeat(200), 'a'.repeat(128)],
])('the dataset of %s is called %s', (path, name) => {
  expect(datasetName(path)).toBe(name)
})

test('a folder that is a dataset itself has its own name', async () => {
  await write('dataset.json')
  expect((await findDatasets(root, DATASET_KINDS)).map(({ name }) => name)).toEqual([basename(root)])
})

test('a picture is found by its content, and the reason is said where there is none', async () => {
  await write('images/picture.jpg', samplePng(1))
  await write('images/broken.jpg', 'no picture')
  const folder = join(root, 'images')
  expect(await findPicture(folder, ['gone.jpg', 'picture.jpg'])).toMatchObject({ ending: '.png' })
  expect(await findPicture(folder, ['gone.jpg'])).toBe('gone.jpg is missing')
  expect(await findPicture(folder, ['broken.jpg'])).toMatch(/broken\.jpg: /)
})

test('a tar header has the checksum of its bytes, and members end at multiples of 512', () => {
  const header = tarHeader('000001.jpg', 1000)
  const text = new TextDecoder().decode(header)
  expect([text.slice(0, 10), text.slice(124, 135), text.slice(257, 262)]).toEqual(['000001.jpg', '00000001750', 'ustar'])
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  expect(Number.parseInt(text.slice(148, 154), 8)).toBe(sum)
  expect([tarPadding(1000).length, tarPadding(512).length, tarEnd.length]).toEqual([24, 0, 1024])
})

test('more pictures than a request takes go as one archive in parts, each picture whole and under its name', async () => {
  // Phones append a film behind the picture.
  const picture = Buffer.concat([samplePng(1), Buffer.alloc(6e6)])
  await write('images/picture.png', picture)
  const found = { path: join(root, 'images/picture.png'), bytes: picture.length, ending: '.png' }
  const pictures = Array.from({ length: 8 }, (_, index) => ({ name: `00000${index}.png`, picture: found }))
  const parts = new Map<string, Buffer[]>()
  const uploads: { filename: string; bytes: number }[] = []
  const said: string[] = []
  const dataset = { id: 'dataset_1' }
  const asked: unknown[] = []
  const progress = { items_without_image: 1, unused_images: 2 }
  const api: Pick<ApiClient, 'get' | 'post' | 'upload'> = {
    post: async <T>(path: string, body: unknown) => {
      const [, completed] = /^\/v1\/uploads\/(.*)\/complete$/.exec(path) ?? []
      if (completed !== undefined) return { file: { id: `file_${completed}` } } as T
      if (path === '/v1/uploads') return { id: String(uploads.push(body as { filename: string; bytes: number }) - 1) } as T
      asked.push(body)
      return { id: 'imp_1' } as T
    },
    upload: async <T>(path: string, form: FormData) => {
      const upload = path.split('/')[3]!
      const part = Buffer.from(await (form.get('data') as File).arrayBuffer())
      parts.set(upload, [...(parts.get(upload) ?? []), part])
      return { id: `part_${parts.get(upload)!.length}` } as T
    },
    get: async <T>() => ({ id: 'imp_1', status: 'completed', error: null, progress, dataset }) as T,
  }
  const say = (sentence: string) => void said.push(sentence)
  const content = { name: 'a/photos', format: 'karpathy', split: 'test', annotations: '{}', pictures, say } as const
  expect(await importPictures(api as ApiClient, content)).toEqual({ ...progress, ...dataset })

  expect(said).toEqual(['uploaded archive 1: 8 pictures, 48 MB'])
  expect(uploads.map(({ filename }) => filename)).toEqual(['dataset.json', 'pictures-0.tar'])
  expect(asked).toEqual([
    { name: 'a-photos', format: 'karpathy', split: 'test', files: { annotations: 'file_0' }, images: [{ file_id: 'file_1' }] },
  ])
  const sent = parts.get('1')!
  expect(sent.map((part) => part.length < 64 * 2 ** 20)).toEqual([true, true])
  const archive = Buffer.concat(sent)
  expect(archive.length).toBe(uploads[1]!.bytes)
  let at = 0
  for (const { name } of pictures) {
    expect(archive.subarray(at, at + 512).equals(tarHeader(name, picture.length))).toBe(true)
    expect(archive.subarray(at + 512, at + 512 + picture.length).equals(picture)).toBe(true)
    at += 512 + picture.length + tarPadding(picture.length).length
  }
  expect(archive.subarray(at).equals(tarEnd)).toBe(true)
})
