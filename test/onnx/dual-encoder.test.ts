/**
 * The shipped model in Node: refuses files that differ from its manifest, reports its stages, and embeds as
 * specified.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import { RUNTIME } from '../../src/models/edge/runtime-identity.ts'
import { type ModelFiles, modelOfFiles, MODELS, readModelFiles } from '../support/node-dual-encoder.ts'
import { samplePng } from '../support/png.ts'

const files = await readModelFiles(join(MODELS, 'assay-clip'))

const modelOf = (changed: Partial<ModelFiles>): Promise<DualEncoder> => modelOfFiles({ ...files, ...changed })

const model = await modelOf({})
const { manifest } = model

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length >> 1]! ^= 1
  return copy
}

describe('files that are not the manifest’s', () => {
  test.each(['vision', 'text', 'tokenizer'] as const)('one bit of %s is noticed before anything is computed', async (part) => {
    const tampered = await modelOf({ [part]: flipped(files[part]) })
    const answer = part === 'vision' ? tampered.embedImage(samplePng(1)) : tampered.embedText('a dog')
    await expect(answer).rejects.toThrow(`${manifest[part].file} is damaged`)
  })

  test.each([-1, 1])('a length that differs by %i is noticed', async (difference) => {
    const vision = new Uint8Array(files.vision.length + difference)
    vision.set(files.vision.subarray(0, vision.length))
    await expect((await modelOf({ vision })).embedImage(samplePng(1))).rejects.toThrow(`${manifest.vision.file} is damaged`)
  })

  test('a manifest with a wrong member is refused by its name', async () => {
    const wrong = modelOf({ manifest: { ...manifest, image: { ...manifest.image, filter: 'lanczos' } } })
    await expect(wrong).rejects.toThrow('/image/filter')
  })
})

describe('identity', () => {
  test('names everything that can change a bit', async () => {
    const identity = await model.identity()
    expect(identity).toMatchObject({ type: 'edge_model', model: manifest.id, version: manifest.version, runtime: RUNTIME })
    const others = [
      modelOf({ manifest: { ...manifest, prompt_prefix: 'a picture of ' } }),
      modelOf({ manifest: { ...manifest, vision: { ...manifest.vision, sha256: '0'.repeat(64) } } }),
      modelOf({ manifest: { ...manifest, text: { ...manifest.text, prepack: !manifest.text.prepack } } }),
      modelOf({ manifest: { ...manifest, tokenizer: { ...manifest.tokenizer, max_length: 12 } } }),
    ]
    const digests = await Promise.all(others.map(async (other) => (await (await other).identity()).model_digest))
    expect(new Set([identity.model_digest, ...digests]).size).toBe(others.length + 1)
    const resized = await modelOf({ manifest: { ...manifest, image: { ...manifest.image, fit: 'stretch' } } })
    expect((await resized.identity()).preprocessing_digest).not.toBe(identity.preprocessing_digest)
  })

  test('knows nothing of what cannot: licence, quality, words about training', async () => {
    const renamed = await modelOf({ manifest: { ...manifest, licence: 'other', quality: [], training_data: [] } })
    expect(await renamed.identity()).toEqual(await model.identity())
  })
})

describe('embeddings', () => {
  test('have the manifest’s length and norm', async () => {
    for (const { vector } of [await model.embedImage(samplePng(2)), await model.embedText('a dog'), await model.embedText('')]) {
      expect(vector).toHaveLength(manifest.embedding.dimensions)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
    }
  })

  test('truncation is reported', async () => {
    expect(await model.embedText('a dog')).toMatchObject({ truncated: false })
    expect(await model.embedText('dog '.repeat(100))).toMatchObject({ truncated: true, tokens: manifest.tokenizer.max_length })
  })

  test('a prompt prefix goes before every text', async () => {
    const prefixed = await modelOf({ manifest: { ...manifest, prompt_prefix: 'a picture of ' } })
    expect((await prefixed.embedText('a dog')).vector).toEqual((await model.embedText('a picture of a dog')).vector)
  })

  test('stages are reported in order, and only on request', async () => {
    const stages: string[] = []
    const note = (stage: string, milliseconds: number): void => {
      expect(milliseconds).toBeGreaterThanOrEqual(0)
      stages.push(stage)
    }
    await model.embedImage(samplePng(3), note)
    await model.embedText('a dog', note)
    expect(stages).toEqual(['header', 'decode', 'resize', 'normalize', 'infer_image', 'tokenize', 'infer_text'])
  })
})
