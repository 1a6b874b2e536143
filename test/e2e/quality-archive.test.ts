/**
 * `bench -- quality` on a folder that one request cannot hold: its pictures go as an archive in parts over
 * real HTTP, and an import job joins them.
 */
import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Assay, startAssay } from './harness.ts'

const SAMPLES = fileURLToPath(new URL('../../public/samples/', import.meta.url))
const QUALITY = fileURLToPath(new URL('../../bench/quality.ts', import.meta.url))
/** Samples and their labels, each twice: together above the 45 MB of a request. */
const LABELS = { 'otters.jpg': 'two otters', 'honey-bee.jpg': 'a bee on a flower', 'leaning-tower.jpg': 'a leaning tower' }
const COPIES = 2
/** Near the 8 MiB that a picture may have. */
const PICTURE_BYTES = 7.9e6

let assay: Assay
let home: string

beforeAll(async () => {
  ;[assay, home] = await Promise.all([startAssay(), mkdtemp(join(tmpdir(), 'assay-quality-'))])
})

afterAll(async () => {
  await assay?.stop()
  await rm(home, { recursive: true, force: true })
})

/** The picture with random bytes behind its end, which decoders ignore. */
function padded(picture: Uint8Array): Uint8Array {
  const bytes = randomFillSync(new Uint8Array(PICTURE_BYTES))
  bytes.set(picture)
  return bytes
}

// A busy machine took two minutes.
test('a folder of 47 MB is imported as an archive in parts, and evaluated', async () => {
  const images = join(home, 'large', 'images')
  await mkdir(images, { recursive: true })
  const labels: Record<string, string> = {}
  for (const [file, label] of Object.entries(LABELS))
    for (let copy = 0; copy < COPIES; copy++) {
      await writeFile(join(images, `${copy}-${file}`), padded(await readFile(join(SAMPLES, file))))
      labels[`${copy}-${file}`] = label
    }
  await writeFile(join(home, 'large', 'labels.json'), JSON.stringify(labels))
  await writeFile(join(home, 'large', 'names.json'), JSON.stringify(Object.values(LABELS)))

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    QUALITY,
    home,
    '--json',
    '--model=assay-photo',
    `--server=${assay.url}`,
    `--key=${assay.key.key}`,
  ])
  expect(JSON.parse(stdout)).toEqual({ large: { top1: 1, top5: 1 } })
  expect(stderr).toContain('uploaded archive 1: 6 pictures, 47 MB')
  const { data } = (await (await assay.request('/v1/datasets')).json()) as { data: unknown[] }
  expect(data).toMatchObject([{ name: 'large', version: { items: 6, images: 6 } }])
})
