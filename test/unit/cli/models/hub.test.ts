/** Models that lie at an address: weighed by headers, fetched whole or not at all, continued where the connection broke. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

test('is named after its repository, and its towers are weighed without fetching them', async () => {
  expect(source.name).toBe('random')
  const layout = await readLayout(source, {})
  expect(layout.bytes.vision).toBe((await original(VISION)).length)
  expect(hub.requests.filter((request) => request.startsWith('GET onnx'))).toEqual([])
})

describe('fetching', () => {
  test('gives the file, once', async () => {
    const path = await source.local(VISION)
    expect(await readFile(path)).toEqual(await original(VISION))
    await source.local(VISION)
    expect(hub.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1)
  })

  test('goes on where the connection ended, and leaves nothing half under its name', async () => {
    hub.cutOnce(VISION, 100_000)
    await expect(source.local(VISION)).rejects.toThrow(/connection ended early .*try again/)
    const path = join(downloads, new URL(hub.address).host.replace(':', '_'), 'tests/random/main', VISION)
    await expect(stat(path)).rejects.toThrow('ENOENT')
    const { size } = await stat(`${path}.part`)
    expect(size).toBe(100_000)
    expect(await readFile(await source.local(VISION))).toEqual(await original(VISION))
    expect(hub.requests.at(-1)).toBe(`GET ${VISION} bytes=${size}-`)
    expect(said.at(-1)).toContain(`going on from ${size} of`)
  })

  test('begins anew when the file changed meanwhile', async () => {
    hub.cutOnce(VISION, 50_000)
    await expect(source.local(VISION)).rejects.toThrow('connection ended early')
    hub.replace(VISION, new TextEncoder().encode('another file'))
    expect(await readFile(await source.local(VISION), 'utf8')).toBe('another file')
  })

  test('fetches again what changed at its address', async () => {
    await source.local(VISION)
    hub.replace(VISION, new TextEncoder().encode('another file'))
    expect(await readFile(await source.local(VISION), 'utf8')).toBe('another file')
  })

  test('throws away what is not the file its server names', async () => {
    hub.lieAbout(VISION, `"${'0'.repeat(64)}"`)
    await expect(source.local(VISION)).rejects.toThrow(/SHA-256 [0-9a-f]{64}, and its server says 0{64}/)
    await expect(source.local(VISION)).rejects.toThrow('thrown away')
    expect(hub.requests.filter((request) => request.includes('bytes='))).toEqual([])
  })

  test('refuses what does not say how long it is', async () => {
    hub.hideLengths()
    await expect(readLayout(source, {})).rejects.toThrow(/README\.md does not say how long it is/)
  })

  test('says who does not answer', async () => {
    const nobody = openSource('http://127.0.0.1:9/a/b', { downloads, revision: 'main', say: () => undefined })
    await expect(nobody.size('config.json')).rejects.toThrow('http://127.0.0.1:9/a/b/resolve/main/config.json: no answer')
  })

  test('takes no password in an address', () => {
    const options = { downloads, revision: 'main', say: () => undefined }
    expect(() => openSource('http://me:secret@127.0.0.1/a/b', options)).toThrow('user name or password')
  })
})
