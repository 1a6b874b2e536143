/**
 * `npm run bench -- import-photos [photos]`: a Karpathy split of synthetic photographs of about 400 KB, by
 * default 5000 (2 GB), as tar archives through uploads in parts and the import job of the built Worker on
 * workerd. The server is killed when half of the pictures are stored, and started again. Reports time, V8's
 * largest count, and how many bytes were read again after the kill.
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildWorker } from '../scripts/build.ts'
import { startAssay } from '../scripts/server-process.ts'
import { freePort } from '../scripts/ports.ts'
import { TAR_END, tarEntry } from '../test/support/archives.ts'
import { encodeJpeg } from '../test/support/encode-jpeg.ts'
import { probeHeap } from '../test/support/isolate-heap.ts'
import { call, ended, type Import, json, mb, type Measured, measured, report, say, upload } from './import/client.ts'

const LIMIT = 128e6
/** Archives are uploads, of at most 2 GB each. */
const PHOTOS_PER_ARCHIVE = 2500
const [WIDTH, HEIGHT] = [1728, 1296]

const count = Number(process.argv[2] ?? 5000)
if (!Number.isSafeInteger(count) || count < 2) throw new Error('usage: npm run bench -- import-photos [photos]')

/** Noise, so that a JPEG of this size has about 400 KB. */
async function photo(): Promise<Uint8Array> {
  const rgba = new Uint8ClampedArray(4 * WIDTH * HEIGHT)
  let state = 1
  for (let index = 0; index < rgba.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    rgba[index] = 96 + (state >>> 26)
  }
  return encodeJpeg(rgba, WIDTH, HEIGHT, { quality: 78 })
}

/** The same picture with a comment that makes its bytes, and so its hash, different. */
function numbered(jpeg: Uint8Array, number: number): Uint8Array<ArrayBuffer> {
  const text = createHash('sha256').update(String(number)).digest()
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 2 + text.length]), text])
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]))
}

const nameOf = (number: number) => `photo-${String(number).padStart(6, '0')}.jpg`

function annotations(): string {
  const images = Array.from({ length: count }, (_, imgid) => ({
    imgid,
    filename: nameOf(imgid),
    split: 'test',
    sentences: [0, 1, 2, 3, 4].map((n) => ({ sentid: 5 * imgid + n, raw: `photograph ${imgid} in words ${n}`, tokens: [] })),
  }))
  return JSON.stringify({ dataset: 'photos', images })
}

await buildWorker()
const jpeg = await photo()
const persistTo = await mkdtemp(join(tmpdir(), 'assay-photos-'))
const inspectorPort = await freePort()
let assay = await startAssay({ inspectorPort, persistTo })
let probe = await probeHeap(inspectorPort, 'assay')
try {
  const files = { annotations: (await upload(assay, 'dataset.json', () => [annotations()])).id }
  const images: { file_id: string }[] = []
  const steps: Measured<unknown>[] = []
  for (let first = 0; first < count; first += PHOTOS_PER_ARCHIVE) {
    const end = Math.min(count, first + PHOTOS_PER_ARCHIVE)
    const make = function* () {
      for (let number = first; number < end; number++)
        yield* tarEntry({ name: `photos/${nameOf(number)}`, bytes: numbered(jpeg, number) })
      yield TAR_END
    }
    const sent = await measured(probe, upload(assay, 'photos.tar', make, 40e6))
    report(`upload of ${end - first} photos, ${mb(sent.result.bytes)}`, sent)
    images.push({ file_id: sent.result.id })
    steps.push(sent)
  }
  const { id } = await call<Import>(
    assay,
    '/v1/datasets',
    json({ name: 'photos', format: 'karpathy', split: 'test', files, images }),
  )
  const half = await measured(
    probe,
    ended(assay, id, ({ progress }) => progress.pictures >= count / 2),
  )
  report(`import of ${half.result.progress.pictures} pictures`, half)
  const { key } = assay
  const { progress } = await call<Import>(assay, `/v1/dataset_imports/${id}`)
  probe.close()
  await assay.kill()
  assay = await startAssay({ inspectorPort, persistTo, key })
  probe = await probeHeap(inspectorPort, 'assay')
  const resumed = await call<Import>(assay, `/v1/dataset_imports/${id}`)
  say(`killed at ${progress.pictures} pictures, continues at ${resumed.progress.pictures}`)
  if (resumed.progress.pictures < progress.pictures) throw new Error('the import began anew')
  const rest = await measured(probe, ended(assay, id))
  report(
    `import of the rest, ${rest.result.dataset!.version.items} items, digest ${rest.result.dataset!.version.digest.slice(0, 12)}…`,
    rest,
  )
  const most = Math.max(...[...steps, half, rest].map(({ peak }) => peak.total))
  say(`${most < LIMIT ? 'ok' : 'TOO MUCH'}: at most ${mb(most)} of ${mb(LIMIT)}`)
  if (most >= LIMIT) process.exitCode = 1
} finally {
  probe.close()
  await assay.stop()
  await rm(persistTo, { recursive: true, force: true })
}
