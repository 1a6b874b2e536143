/** Datasets that `bench -- quality` finds, and the archives that it makes of their pictures. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDatasets } from '../../../bench/quality/find-datasets.ts'
import { DATASET_KINDS } from '../../../bench/quality/kinds.ts'
import { findPicture } from '../../../bench/quality/pictures.ts'
import { tarEnd, tarHeader, tarPadding } from '../../../bench/quality/tar.ts'
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
