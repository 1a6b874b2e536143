/** Warnings about pictures and texts, and what an edge model adds to its answers. */
import { describe, expect, test } from 'vitest'
import type { DecodedPicture } from '../../../../src/contracts/edge-model.ts'
import { sha256Hex } from '../../../../src/contracts/digest.ts'
import type { DualEncoderManifest } from '../../../../src/contracts/model-manifest.ts'
import { PICTURE_KINDS, type PictureKind } from '../../../../src/contracts/picture-kind.ts'
import { warning } from '../../../../src/contracts/warning.ts'
import type { DualEncoder } from '../../../../src/models/edge/dual-encoder.ts'
import { createEdgeModel } from '../../../../src/models/edge/edge-model.ts'
import type { EmbeddingCache } from '../../../../src/models/edge/embedding-cache.ts'
import { createLruCache } from '../../../../src/models/edge/lru-cache.ts'
import { domainOf, pack, unpack } from '../../../../src/models/edge/seen-picture.ts'
import { pictureWarnings, textWarnings } from '../../../../src/models/edge/warnings.ts'
import type { TaskItem } from '../../../../src/tasks/registry.ts'
import { MAX_TEXT_LENGTH } from '../../../../src/text/tokenizer.ts'
import { fakeDetector } from '../../../support/fake-detector.ts'
import { noTurns } from '../../../support/fake-turns.ts'

const manifest = {
  id: 'tiny',
  domain: { pictures: ['drawing', 'screenshot'], description: 'd' },
  image: { size: 224, fit: 'cover', shortest_edge: 256 },
  tokenizer: { max_length: 8 },
  languages: ['en'],
  embedding: { dimensions: 1, normalized: true, logit_scale: 1 },
} as unknown as DualEncoderManifest

const picture = (kind: PictureKind, width: number, height: number, decoded = { width, height }): DecodedPicture => ({
  width,
  height,
  decoded,
  domain: domainOf({ probabilities: PICTURE_KINDS.map((one) => (one === kind ? 0.9 : 0.025)) }, 'd'),
})
const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code)

describe('a picture', () => {
  test.each<[PictureKind, string[]]>([
    ['drawing', []],
    ['screenshot', []],
    ['photograph', ['out_of_domain']],
    ['noise', ['out_of_domain']],
    ['blank', ['out_of_domain']],
  ])('%s: %j', (kind, expected) => {
    expect(codes(pictureWarnings(manifest, picture(kind, 640, 480)))).toEqual(expected)
  })

  test('of a model that states no domain, or only a phrase, is never outside it', () => {
    for (const domain of [undefined, 'icons'])
      expect(pictureWarnings({ ...manifest, domain } as DualEncoderManifest, picture('noise', 640, 480))).toEqual([])
  })

  test('that is enlarged more than twice has a low resolution: by its shorter side, or the longer one if it is padded', () => {
    expect(codes(pictureWarnings(manifest, picture('drawing', 640, 128)))).toEqual(['cropped'])
    expect(pictureWarnings(manifest, picture('drawing', 640, 127))).toMatchObject([
      { code: 'low_resolution', width: 640, height: 127, model_size: 224 },
      { code: 'cropped' },
    ])
    const padded = { ...manifest, image: { ...manifest.image, fit: 'contain' } } as DualEncoderManifest
    expect(pictureWarnings(padded, picture('drawing', 640, 23))).toEqual([])
    expect(codes(pictureWarnings(padded, picture('drawing', 111, 111)))).toEqual(['low_resolution'])
  })

  test('that is shrunk to less than eight pixels along a side has a low resolution', () => {
    for (const [image, side] of [
      [{ fit: 'contain' }, 5.6],
      [{ fit: 'bounded', size: 100, longest_edge: 224 }, 6],
    ] as const) {
      const whole = { ...manifest, image: { ...manifest.image, ...image } } as DualEncoderManifest
      expect(pictureWarnings(whole, picture('drawing', 640, 23))).toEqual([])
      const [found, ...others] = pictureWarnings(whole, picture('drawing', 16_000, 400))
      expect(found).toMatchObject({ code: 'low_resolution', width: 16_000, height: 400 })
      expect(found!.message).toBe(`The picture has 16000 × 400 pixels, of which tiny sees a strip of 224 × ${side}.`)
      expect(others).toEqual([])
      expect(warning.parse(found)).toEqual(found)
      expect(codes(pictureWarnings(whole, picture('drawing', 1, 16_000)))).toEqual(['low_resolution'])
    }
  })

  test('of which the model reads less than half of the longer side is cropped, unless the model reads it whole', () => {
    expect(pictureWarnings(manifest, picture('drawing', 1400, 800))).toEqual([])
    const [found, ...others] = pictureWarnings(manifest, picture('drawing', 1920, 1080))
    expect(found).toEqual({
      code: 'cropped',
      message: 'The picture has 1920 × 1080 pixels, and tiny read the 945 × 945 in its middle.',
      from: { width: 1920, height: 1080 },
      read: { width: 945, height: 945 },
    })
    expect(others).toEqual([])
    expect(warning.parse(found)).toEqual(found)
    expect(pictureWarnings(manifest, picture('drawing', 800, 4000))).toMatchObject([
      { code: 'cropped', read: { width: 700, height: 700 } },
    ])
    for (const fit of ['contain', 'stretch'] as const) {
      const whole = { ...manifest, image: { ...manifest.image, fit } } as DualEncoderManifest
      expect(pictureWarnings(whole, picture('drawing', 4000, 800))).toEqual([])
    }
  })

  test('that was decoded at reduced scale says from what to what', () => {
    const large = picture('drawing', 6000, 4000, { width: 1500, height: 1000 })
    expect(pictureWarnings(manifest, { ...picture('drawing', 640, 480), frames: 3 })).toMatchObject([
      { code: 'first_frame', frames: 3 },
    ])
    expect(pictureWarnings(manifest, { ...picture('drawing', 640, 480), frames: 1 })).toEqual([])
    const [found] = pictureWarnings(manifest, large)
    expect(found).toMatchObject({ code: 'resized', from: { width: 6000, height: 4000 }, to: { width: 1500, height: 1000 } })
    expect(found!.message).toMatch(/6000 × 4000 pixels was decoded at 1500 × 1000/)
  })
})

describe('a text', () => {
  const known = { truncated: false, unknownTokens: 0 }
  test.each<[string, { truncated: boolean; unknownTokens: number }, object[]]>([
    ['a red boat', known, []],
    ['', known, [{ code: 'empty_text' }]],
    [' \u200B\n', known, [{ code: 'empty_text' }]],
    ['qxq', { ...known, unknownTokens: 2 }, [{ code: 'unknown_tokens', count: 2 }]],
    ['лодка', known, [{ code: 'unknown_script', scripts: ['Cyrillic'], languages: ['en'] }]],
    ['a b c d e f g h', { ...known, truncated: true }, [{ code: 'truncated', count: 1, max_tokens: 8 }]],
  ])('%j', (text, embedding, expected) => {
    const warnings = textWarnings(manifest, text, embedding)
    expect(warnings).toMatchObject(expected)
    expect(warnings).toHaveLength(expected.length)
    for (const one of warnings) expect(warning.parse({ ...one, index: 0 })).toEqual({ ...one, index: 0 })
  })
})

/** Knows ASCII words. Any other character is an unknown token. */
const encoder = {
  manifest,
  identity: async () => ({
    type: 'edge_model',
    model: 'tiny',
    version: '1',
    model_digest: 'm',
    preprocessing_digest: 'p',
    runtime: 'r',
  }),
  embedText: async (text: string) => ({
    vector: Float32Array.of(text.length),
    tokens: 3,
    truncated: false,
    unknownTokens: [...text].filter((character) => character > '~').length,
  }),
  lookAt: async () => ({
    embed: async () => Float32Array.of(1),
    scale: 0.5,
    header: { orientedWidth: 601, orientedHeight: 400 },
  }),
} as unknown as DualEncoder

const model = (kind: PictureKind) =>
  createEdgeModel({
    encoder,
    tenant: 'main',
    readImage: async () => new Uint8Array(3),
    admit: (_weight, task) => task(),
    turns: noTurns,
    detector: fakeDetector(kind),
    labels: createLruCache(2 ** 20),
    cache: null,
  })

describe('an edge model', () => {
  test('reads unknown emoji as their names, and says so', async () => {
    const { vector, unknownTokens, warnings } = await (await model('drawing')).embedText('a 🐕')
    expect([vector[0], unknownTokens]).toEqual(['a dog'.length, 0])
    expect(warnings).toMatchObject([{ code: 'emoji_named', count: 1, read_as: 'a dog' }])
  })

  test('names only as many emoji as the model can read, so that no text becomes too long to tokenize', async () => {
    const texts = ['😀'.repeat(4096), '🇬🇸'.repeat(2048)]
    for (const text of texts) {
      const { vector, warnings } = await (await model('drawing')).embedText(text)
      expect(vector[0]).toBeLessThan(MAX_TEXT_LENGTH)
      expect(warnings).toContainEqual(expect.objectContaining({ code: 'emoji_named', count: 8 }))
    }
  })

  test('five unknown words are never scored in silence', async () => {
    const tiny = await model('drawing')
    for (const word of ['лодка', '狗', 'κύων', 'כלב', 'ქათამი'])
      expect(codes((await tiny.embedText(word)).warnings)).toEqual(['unknown_tokens', 'unknown_script'])
  })

  test('says of which kind a picture is, and how it was decoded', async () => {
    const answer = await (await (await model('photograph')).look(new Uint8Array(3), 'tenant main')).embed()
    expect(answer).toMatchObject({
      decoded: { width: 301, height: 200 },
      domain: { kind: 'photograph', probability: 0.9, detector: 'd'.repeat(64) },
      inDomain: false,
    })
    expect(codes(answer.warnings)).toEqual(['out_of_domain', 'resized'])
  })

  test('in a run, warns about the picture and each text; the texts are embedded as they are', async () => {
    const image = { sha256: '0'.repeat(64), media_type: 'image/png', bytes: 3, width: 601, height: 400 } as const
    const texts = ['a dog', '🐕'].map((text) => ({ id: text, text }))
    const item: TaskItem = { task: 'retrieval', id: '1', cluster: '1', image, captions: texts }
    const { output, warnings } = await (await model('blank')).run({ item, output: 'embeddings' })
    expect(output).toMatchObject({ texts: [{ unknownTokens: 0 }, { unknownTokens: 1 }] })
    expect(warnings).toMatchObject([
      { code: 'out_of_domain' },
      { code: 'resized' },
      { code: 'unknown_tokens', index: 1, count: 1 },
    ])
  })
})

test('an animation in a run is known by its first frame, also where its vector is recalled', async () => {
  const kept = new Map<string, Float32Array>()
  const animated = {
    ...encoder,
    lookAt: async () => ({ embed: async () => Float32Array.of(1), scale: 1, header: { frames: 12 } }),
  } as unknown as DualEncoder
  const cache = {
    recall: async ({ image }: { image: string }) => kept.get(image) ?? null,
    keep: async ({ image }: { image: string }, vector: Float32Array) => void kept.set(image, vector),
  } as unknown as EmbeddingCache
  const bytes = new Uint8Array(3)
  const image = { sha256: await sha256Hex(bytes), media_type: 'image/gif', bytes: 3, width: 9, height: 9 } as const
  const item = { task: 'retrieval', id: '1', cluster: '1', image, captions: [{ id: '1', text: 'a dog' }] } as TaskItem
  const parts = {
    encoder: animated,
    tenant: 'main',
    detector: fakeDetector(),
    turns: noTurns,
    cache,
    labels: createLruCache<never>(1),
  }
  const tiny = await createEdgeModel({ ...parts, readImage: async () => bytes, admit: (_weight, task) => task() })
  for (let time = 0; time < 2; time++) {
    const { warnings } = await tiny.run({ item, output: 'embeddings' })
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'first_frame', frames: 12 }))
  }
  expect(kept.size).toBe(1)
})

test('what is kept of a picture comes back as it was', () => {
  const seen = { vector: Float32Array.of(0.1, -2), scale: 0.125, frames: 12, probabilities: [0.1234, 0.5, 0.3766, 0, 1] }
  expect(unpack(pack(seen))).toEqual(seen)
})
