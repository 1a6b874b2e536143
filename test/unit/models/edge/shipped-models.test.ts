/** Shipped models: each file is a static asset, and a missing one is said. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../../../../scripts/paths.ts'
import { answeringManifest } from '../../../../src/contracts/fusion-manifest.ts'
import { storedFilesOf } from '../../../../src/contracts/model-manifest.ts'
import { SHIPPED_FUSION_MANIFESTS } from '../../../../src/models/edge/fusion/shipped-fusions.ts'
import { readManifest } from '../../../../src/models/edge/read-manifest.ts'
import { SHIPPED_MANIFESTS, shippedFiles } from '../../../../src/models/edge/shipped-models.ts'

/** Limit of a static asset, in bytes (Workers' limits). */
const LARGEST_ASSET = 25 * 2 ** 20

const dualEncoders = SHIPPED_MANIFESTS.map(readManifest)

/** Every file of every shipped model. Manifests of models that answer name files at several places. */
const shippedFilesByModel = [
  ...dualEncoders.flatMap((manifest) => storedFilesOf(manifest).map((each) => ({ id: manifest.id, ...each }))),
  ...SHIPPED_FUSION_MANIFESTS.map((manifest) => answeringManifest.parse(manifest)).flatMap((manifest) =>
    filesNamedIn(manifest).map((each) => ({ id: manifest.id, ...each })),
  ),
]

function filesNamedIn(value: unknown): { file: string; sha256: string; bytes?: number }[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'file' in value && 'sha256' in value ? [value as { file: string; sha256: string; bytes?: number }] : []
  return [...own, ...Object.values(value).flatMap(filesNamedIn)]
}

test('every kind of shipped model names files', () => {
  expect(new Set(shippedFilesByModel.map(({ id }) => id)).size).toBe(SHIPPED_MANIFESTS.length + SHIPPED_FUSION_MANIFESTS.length)
})

test.each(shippedFilesByModel)(
  '$id: $file lies among the static assets, as its manifest says',
  async ({ id, file, sha256, bytes }) => {
    const asset = await readFile(join(ROOT, 'public/models', id, file))
    expect(createHash('sha256').update(asset).digest('hex')).toBe(sha256)
    if (bytes !== undefined) expect(asset.length).toBe(bytes)
    expect(asset.length).toBeLessThan(LARGEST_ASSET)
  },
)

describe.each(dualEncoders)('$id', (manifest) => {
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
