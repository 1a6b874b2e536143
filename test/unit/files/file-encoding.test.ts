/**
 * Files that are not UTF-8 text, for each reader and for chunks of any size: the sentence says what to do.
 */
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runMetrics } from '../../../src/cli/metrics/run-metrics.ts'
import type { Fault } from '../../../src/contracts/failure.ts'
import { textOfUpload } from '../../../src/files/file-encoding.ts'
import { JsonListScanner } from '../../../src/files/json-list-scanner.ts'
import { LineScanner } from '../../../src/files/line-scanner.ts'
import { WholeFileScanner } from '../../../src/files/whole-file-scanner.ts'

const TEXT = new TextEncoder().encode('[{"image_id": 1, "caption": "a dog"}]\n')
const utf16 = (text: string, mark: number[], swap: boolean) =>
  Uint8Array.from([...mark, ...[...text].flatMap((letter) => (swap ? [0, letter.charCodeAt(0)] : [letter.charCodeAt(0), 0]))])

const CASES: readonly (readonly [string, Uint8Array, string])[] = [
  ['gzip', gzipSync(TEXT), 'is compressed by gzip; unpack it first'],
  ['ZIP', Uint8Array.of(0x50, 0x4b, 3, 4, ...TEXT), 'is a ZIP archive; unpack it, and send the file inside'],
  ['bzip2', Uint8Array.of(0x42, 0x5a, 0x68, 0x39, ...TEXT), 'is compressed by bzip2; unpack it first'],
  ['Zstandard', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...TEXT), 'is compressed by Zstandard; unpack it first'],
  ['xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, ...TEXT), 'is compressed by xz; unpack it first'],
  ['UTF-16LE', utf16('[1]\n', [0xff, 0xfe], false), 'is UTF-16 text; save it as UTF-8'],
  ['UTF-16BE', utf16('[1]\n', [0xfe, 0xff], true), 'is UTF-16 text; save it as UTF-8'],
]

const SCANNERS = {
  lists: () => new JsonListScanner(['list'], 'results'),
  'the whole array': () => new JsonListScanner(null, 'results'),
  members: () => new JsonListScanner(['list'], 'results', { objects: true }),
  lines: () => new LineScanner('results'),
  'one value': () => new WholeFileScanner('results'),
}

describe.each(Object.entries(SCANNERS))('a scanner of %s', (_, open) => {
  test.each(CASES)('names %s in chunks of any size', (_name, bytes, detail) => {
    const said = [1, 2, 5, bytes.length].map((size) => {
      const scanner = open()
      try {
        for (let at = 0; at < bytes.length; at += size)
          for (const _batch of scanner.scan(bytes.subarray(at, at + size), at + size >= bytes.length));
        return 'read'
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(said).toEqual(said.map(() => `results file: ${detail}`))
  })

  test('takes the same bytes later in a file for what they are', () => {
    const scanner = open()
    const scan = (bytes: Uint8Array, last: boolean) => [...scanner.scan(bytes, last)]
    scan(new TextEncoder().encode('{"a": "BZ'), false)
    expect(() => scan(new TextEncoder().encode('hPK\u0003\u0004", "b": 1}'), false)).not.toThrow()
  })
})

test('an uploaded file is named by its id', () => {
  for (const [name, bytes, detail] of CASES)
    expect(() => textOfUpload('file-1', bytes, '/file_id'), name).toThrow(`file file-1 ${detail}`)
  const fault = (bytes: Uint8Array) => {
    try {
      return textOfUpload('file-1', bytes, '/file_id')
    } catch (error) {
      return (error as Fault).failure
    }
  }
  const errors = [{ pointer: '/file_id', detail: 'must name a file of UTF-8 text' }]
  expect(fault(Uint8Array.of(0x22, 0xff))).toMatchObject({ detail: 'file file-1 is not UTF-8 text; save it as UTF-8', errors })
  expect(fault(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('a')
})

describe('in the terminal', () => {
  let folder: string
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'assay-encoding-'))))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const metrics = async (line: string) => {
    let stderr = ''
    const status = await runMetrics(line.split(' '), {
      readFile: (path) => readFile(path, 'utf8'),
      openFile: (path) => createReadStream(path),
      stdout: () => {},
      stderr: (text) => (stderr += text),
    })
    return { status, stderr }
  }

  test('results that gzip packed are refused with what to do, by readers of streams and of texts', async () => {
    const [annotations, results] = [join(folder, 'a.json'), join(folder, 'r.json.gz')]
    const images = { images: [{ id: 1 }], annotations: [{ id: 1, image_id: 1, caption: 'a dog' }] }
    await writeFile(annotations, JSON.stringify(images))
    await writeFile(results, gzipSync(TEXT))
    expect(await metrics(`coco-captions --annotations ${annotations} --results ${results}`)).toEqual({
      status: 2,
      stderr: expect.stringContaining('is compressed by gzip; unpack it first') as string,
    })
    for (const task of [`clipscore --embeddings ${results}`, `ptb-tokenize --input ${results}`])
      expect((await metrics(task)).stderr, task).toContain(`${results} is compressed by gzip; unpack it first`)
  })
})
