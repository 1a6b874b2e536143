/** Shipped models: each file is a static asset, and a missing one is said. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../../../../scripts/paths.ts'
import { storedFilesOf } from '../../../../src/contracts/model-manifest.ts'
import { readManifest } from '../../../../src/models/edge/read-manifest.ts'
import { SHIPPED_MANIFESTS, shippedFiles } from '../../../../src/models/edge/shipped-models.ts'

/** Limit of a static asset, in bytes (Workers' limits). */
const LARGEST_ASSET = 25 * 2 ** 20

describe.each(SHIPPED_MANIFESTS.map(readManifest))('$id', (manifest) => {
  test.each(storedFilesOf(manifest))(
    '$file lies among the static assets, as its manifest says',
    async ({ file, sha256, bytes }) => {
      const asset = await readFile(join(ROOT, 'public/models', manifest.id, file))
      expect(createHash('sha256').update(asset).digest('hex')).toBe(sha256)
      expect(asset.length).toBe(bytes)
      expect(asset.length).toBeLessThan(LARGEST_ASSET)
    },
  )

  // Without it, `created` of GET /v1/models would be 1970.
  test('it says when it was released', () => expect(manifest.released).toBeDefined())

  test('its towers’ memory is measured', () => {
    for (const tower of [manifest.vision, manifest.text]) expect(tower.resident_bytes).toBeGreaterThan(tower.bytes)
  })
})

test('a file is opened under the model’s id', async () => {
  const asked: string[] = []
  const open = shippedFiles(() => ({ fetch: async (address) => (asked.push(address), new Response('graph')) }), 'some-model')
  expect(await new Response(await open({ file: 'vision.onnx', sha256: '' })).text()).toBe('graph')
  expect(asked).toEqual(['https://assets/models/some-model/vision.onnx'])
})

test('a deployment without the file answers 503, and names it', async () => {
  const open = shippedFiles(() => ({ fetch: async () => new Response('no', { status: 404 }) }), 'some-model')
  await expect(open({ file: 'vision.onnx', sha256: '' })).rejects.toMatchObject({
    failure: { kind: 'unavailable', detail: expect.stringContaining('lacks /models/some-model/vision.onnx') },
  })
})
