/**
 * CLIP and SigLIP of the real architecture, added, converted and served, against PyTorch:
 * `training/reference_graphs.py`.
 */
import { readFileSync } from 'node:fs'
import { cp, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ModelManifest } from '../../src/contracts/model-manifest.ts'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import { createTokenizer, tokenizerOptions } from '../../src/text/tokenizer.ts'
import { BROUGHT, floats, localSource, prepared, type Reference, served } from '../support/brought-model.ts'

/** The largest difference of two vectors at unit length. */
function distance(ours: Float32Array, theirs: Float32Array): number {
  expect(ours).toHaveLength(theirs.length)
  const norm = Math.hypot(...theirs)
  return Math.max(...ours.map((value, index) => Math.abs(value - theirs[index]! / norm)))
}

describe.each(['clip-tiny', 'siglip-tiny'])('%s', (name) => {
  const reference = JSON.parse(readFileSync(join(BROUGHT, name, 'reference.json'), 'utf8')) as Reference
  let manifest: ModelManifest
  let folder: string
  let clean: () => Promise<void>
  let model: DualEncoder

  beforeAll(async () => {
    ;({ manifest, folder, clean } = await prepared(localSource(join(BROUGHT, name))))
    model = await served(manifest, folder)
  })
  afterAll(() => clean())

  test('the manifest says what the folder says', () => {
    expect(manifest.image).toMatchObject({ size: 32, filter: 'bicubic', fit: name === 'clip-tiny' ? 'cover' : 'stretch' })
    expect(manifest.licence).toBe('apache-2.0')
    expect(manifest.embedding).toEqual({ dimensions: name === 'clip-tiny' ? 24 : 32, normalized: false, logit_scale: 100 })
    expect(manifest.scoring).toEqual(name === 'clip-tiny' ? { kind: 'softmax' } : { kind: 'sigmoid', logit_bias: -10 })
    expect(manifest.text.attention_mask).toBe(name === 'clip-tiny' ? 'attention_mask' : undefined)
  })

  test('weights lie beside the graph, and each is as it was', async () => {
    for (const tower of [manifest.vision, manifest.text]) {
      const [beside] = tower.external_data!
      const original = await readFile(join(BROUGHT, name, 'onnx', tower.file))
      const data = await readFile(join(folder, beside!.file))
      expect(data).toHaveLength(beside!.bytes)
      expect(tower.bytes).toBeLessThan(original.length / 2)
      expect(original.indexOf(data.subarray(0, 4096))).toBeGreaterThan(0)
    }
  })

  test('a picture, from its PNG bytes, within 1e-4 of PyTorch', async () => {
    const { vector } = await model.embedImage(Uint8Array.from(Buffer.from(reference.picture, 'base64')))
    expect(distance(vector, floats(reference.image_embeds))).toBeLessThan(1e-4)
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6)
  })

  test.each(reference.texts.map((each, index) => ({ ...each, index })))('text $index within 1e-4 of PyTorch', async (each) => {
    const json: unknown = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
    expect(createTokenizer(json, tokenizerOptions(manifest.tokenizer)).encode(each.text).ids).toEqual(each.ids)
    expect(distance((await model.embedText(each.text)).vector, floats(each.text_embeds))).toBeLessThan(1e-4)
  })

  test('one bit of a weight changes the identity', async () => {
    const [beside] = manifest.vision.external_data!
    const changed = { ...manifest, vision: { ...manifest.vision, external_data: [{ ...beside!, sha256: '0'.repeat(64) }] } }
    const identity = await (await served(changed, folder)).identity()
    expect(identity.model_digest).not.toBe((await model.identity()).model_digest)
  })

  test('a file of weights that is too short is refused by its name', async () => {
    const cut = `${folder}-cut`
    await cp(folder, cut, { recursive: true })
    const { file } = manifest.vision.external_data![0]!
    await truncate(join(cut, file), 1000)
    const picture = Uint8Array.from(Buffer.from(reference.picture, 'base64'))
    await expect((await served(manifest, cut)).embedImage(picture)).rejects.toThrow(`${file}: 1000 bytes came`)
  })
})
