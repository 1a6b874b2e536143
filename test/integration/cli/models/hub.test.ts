/**
 * Models that lie at an address: weighed by headers, fetched whole or not at all, continued where the
 * connection broke.
 */
import { cp, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readLayout } from '../../../../src/cli/models/layout.ts'
import { openSource, type Source } from '../../../../src/cli/models/source.ts'
import { BROUGHT } from '../../../support/brought-model.ts'
import { type HubServer, startHub } from '../../../support/hub-server.ts'

const VISION = 'onnx/vision_model.onnx'
let hub: HubServer
let downloads: string
let source: Source
let said: string[]

beforeEach(async () => {
  hub = await startHub(join(BROUGHT, 'clip-tiny'))
  downloads = await mkdtemp(join(tmpdir(), 'assay-downloads-'))
  said = []
  source = openSource(hub.address, { downloads, revision: 'main', say: (line) => void said.push(line) })
})
afterEach(async () => {
  await hub.stop()
  await rm(downloads, { recursive: true })
})

const original = (file: string): Promise<Buffer> => readFile(join(BROUGHT, 'clip-tiny', file))

test('is named after its repository; a small graph is read for the weights beside it, a large one weighed by its headers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-large-'))
  await cp(join(BROUGHT, 'clip-tiny'), folder, { recursive: true })
  await truncate(join(folder, VISION), 9e6)
  await writeFile(join(folder, `${VISION}_data`), 'x'.repeat(1000))
  const large = await startHub(folder)
  const far = openSource(large.address, { downloads, revision: 'main', say: () => undefined })
  const { bytes } = await readLayout(far, {})
  expect(far.name).toBe('random')
  expect(bytes.vision).toBe(9e6 + 1000)
  expect(bytes.text).toBe((await original('onnx/text_model.onnx')).length)
  expect(large.requests.filter((request) => request.startsWith('GET onnx'))).toEqual(['GET onnx/text_model.onnx'])
  await large.stop()
  await rm(folder, { recursive: true })
})

test.each(['/tree/main', '/tree/main/onnx', '/blob/main/README.md', '/'])('the address of a browser: …%s', async (rest) => {
  const opened = openSource(hub.address + rest, { downloads, revision: 'other', say: () => undefined })
  expect(opened.name).toBe('random')
  expect(await opened.size('config.json')).toBe(rest === '/' ? null : (await original('config.json')).length)
})

describe('fetching', () => {
  test('gives the file, once', async () => {
    const path = await source.local(VISION)
    expect(await readFile(path)).toEqual(await original(VISION))
    await source.local(VISION)
    expect(hub.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1)
  })

  const placeOf = (file: string): string =>
    join(downloads, new URL(hub.address).host.replace(':', '_'), 'tests/random/main', file)

  /** Fetches until so many bytes are on disk, and then the connection ends. */
  async function breakAfter(file: string, bytes: number): Promise<void> {
    const end = hub.stopAfter(file, bytes)
    const fetching = source.local(file)
    const refused = expect(fetching).rejects.toThrow(/connection ended early .*try again/)
    await vi.waitFor(async () => expect((await stat(`${placeOf(file)}.part`)).size).toBe(bytes), 10_000)
    end()
    await refused
  }

  test('goes on where the connection ended, and leaves nothing half under its name', async () => {
    await breakAfter(VISION, 100_000)
    await expect(stat(placeOf(VISION))).rejects.toThrow('ENOENT')
    expect(await readFile(await source.local(VISION))).toEqual(await original(VISION))
    expect(hub.requests.at(-1)).toBe(`GET ${VISION} bytes=100000-`)
    expect(said.at(-1)).toContain('resumed at 100000 of')
  })

  test('starts again if the file changed meanwhile', async () => {
    await breakAfter(VISION, 50_000)
    hub.replace(VISION, new TextEncoder().encode('another file'))
    expect(await readFile(await source.local(VISION), 'utf8')).toBe('another file')
  })

  test('fetches again what changed at its address', async () => {
    await source.local(VISION)
    hub.replace(VISION, new TextEncoder().encode('another file'))
    expect(await readFile(await source.local(VISION), 'utf8')).toBe('another file')
  })

  test('deletes a download whose digest differs from the one its server declares', async () => {
    hub.lieAbout(VISION, `"${'0'.repeat(64)}"`)
    await expect(source.local(VISION)).rejects.toThrow(/SHA-256 [0-9a-f]{64}, its server declares 0{64}/)
    await expect(source.local(VISION)).rejects.toThrow('was deleted')
    expect(hub.requests.filter((request) => request.includes('bytes='))).toEqual([])
  })

  test('refuses a file without a content-length', async () => {
    hub.hideLengths()
    await expect(readLayout(source, {})).rejects.toThrow(/README\.md sends no content-length/)
  })

  test('names an address that does not answer', async () => {
    const silent = openSource('http://127.0.0.1:9/a/b', { downloads, revision: 'main', say: () => undefined })
    await expect(silent.size('config.json')).rejects.toThrow('http://127.0.0.1:9/a/b/resolve/main/config.json: no answer')
  })

  test('takes no password in an address', () => {
    const options = { downloads, revision: 'main', say: () => undefined }
    expect(() => openSource('http://me:secret@127.0.0.1/a/b', options)).toThrow('user name or password')
  })
})
