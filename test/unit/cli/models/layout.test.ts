/** What a folder says of its model, and what is refused by the name of the file and member. */
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLayout } from '../../../../src/cli/models/layout.ts'
import { licenceLine, licenceOfReadme, licenceWarning } from '../../../../src/cli/models/licence.ts'
import { imagePreprocessingOf, type PreprocessorConfig } from '../../../../src/cli/models/preprocessing.ts'
import { BROUGHT, localSource } from '../../../support/brought-model.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-layout-'))
  await cp(join(BROUGHT, 'siglip-tiny'), folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

const put = (file: string, content: unknown): Promise<void> =>
  writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
const layout = (options = {}) => readLayout(localSource(folder), options)

test('SigLIP: padded, lower-cased where its tokenizer says so, its whole picture in a square', async () => {
  expect(await layout()).toMatchObject({
    family: 'siglip',
    image: { fit: 'stretch', size: 32 },
    tokens: { type: 'Unigram', max_length: 16, padding: 'max_length', pad_id: 0, lowercase: true },
    files: { vision: 'onnx/vision_model.onnx', text: 'onnx/text_model.onnx' },
  })
})

test('positions are the family’s where the configuration leaves them to it', async () => {
  await put('config.json', { model_type: 'siglip' })
  expect((await layout()).tokens.max_length).toBe(64)
  await put('config.json', { model_type: 'clip' })
  expect((await layout()).tokens).toEqual({ type: 'Unigram', max_length: 77 })
})

test('a quantized pair is taken first, and a half of one never', async () => {
  await cp(join(folder, 'onnx/vision_model.onnx'), join(folder, 'onnx/vision_model_quantized.onnx'))
  expect((await layout()).files.vision).toBe('onnx/vision_model.onnx')
  await cp(join(folder, 'onnx/text_model.onnx'), join(folder, 'onnx/text_model_quantized.onnx'))
  expect((await layout()).files).toMatchObject({
    vision: 'onnx/vision_model_quantized.onnx',
    text: 'onnx/text_model_quantized.onnx',
  })
  expect((await layout({ precision: 'fp32' })).files.vision).toBe('onnx/vision_model.onnx')
})

test('weights beside a graph are weighed with it', async () => {
  const { bytes } = await layout()
  await put('onnx/text_model.onnx_data', 'x'.repeat(1000))
  expect((await layout()).bytes).toEqual({ ...bytes, text: bytes.text + 1000 })
})

describe('refused', () => {
  test.each<[string, string, unknown, RegExp]>([
    ['another kind of model', 'config.json', { model_type: 'blip' }, /model_type is "blip"; clip, siglip/],
    ['no kind', 'config.json', {}, /config\.json: \/model_type/],
    ['no JSON', 'config.json', '{', /config\.json is not JSON/],
    [
      'another kind of tokenizer',
      'tokenizer.json',
      { model: { type: 'WordLevel', vocab: {} } },
      /tokenizer\.json: \/model\/type/,
    ],
    ['no token to fill up with', 'tokenizer_config.json', { pad_token: '<pad>' }, /no token "<pad>"/],
    ['no licence', 'README.md', 'words', /front matter of README\.md names no licence/],
    ['a licence that says nothing', 'README.md', '---\nlicense: other\n---\n', /names no licence/],
  ])('%s', async (_, file, content, message) => {
    await put(file, content)
    await expect(layout()).rejects.toThrow(message)
  })

  test('a precision that is not there', async () => {
    await expect(layout({ precision: 'q4' })).rejects.toThrow('onnx/{vision,text}_model_q4.onnx')
  })

  test.each(['config.json', 'preprocessor_config.json', 'tokenizer.json'])('%s missing', async (file) => {
    await rm(join(folder, file))
    await expect(layout()).rejects.toThrow(`${file} is missing`)
  })

  test('no README and nobody who says the licence', async () => {
    await rm(join(folder, 'README.md'))
    await expect(layout()).rejects.toThrow('give --licence')
    expect((await layout({ licence: 'MIT' })).licence).toBe('MIT')
  })
})

describe('licence', () => {
  test.each([
    ['---\nlicense: mit\ntags: [x]\n---\nwords', 'mit'],
    ['---\r\nlicense: "apache-2.0"\r\n---\r\n', 'apache-2.0'],
    ['---\nlicense: other\nlicense_name: apple-ascl\nlicense_link: LICENSE\n---\n', 'apple-ascl'],
    ['---\nlicense_name: x\n---\n', undefined],
    ['license: mit', undefined],
  ])('of %j', (readme, line) => {
    expect(licenceOfReadme(readme)).toBe(line)
  })

  test('what the command line says wins', () => {
    expect(licenceLine('---\nlicense: mit\n---\n', 'BSD-3-Clause')).toBe('BSD-3-Clause')
    expect(() => licenceLine('---\nlicense: mit\n---\n', ' ')).toThrow('--licence')
  })

  test.each([
    ['cc-by-nc-4.0', true],
    ['apple-amlr research', true],
    ['mit', false],
    ['cc-by-sa-4.0', false],
    ['cncf', false],
  ])('%s warns: %s', (line, warns) => {
    expect(licenceWarning(line) !== undefined).toBe(warns)
  })
})

describe('preprocessing', () => {
  const clip = JSON.parse(readFileSync(join(BROUGHT, 'clip-tiny/preprocessor_config.json'), 'utf8')) as PreprocessorConfig

  test('of CLIP', () => {
    expect(imagePreprocessingOf(clip)).toEqual({
      size: 32,
      fit: 'cover',
      pad_color: [0, 0, 0],
      filter: 'bicubic',
      rescale_factor: 1 / 255,
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
      alpha: 'drop',
      exif_orientation: true,
    })
  })

  test.each<[string, Partial<PreprocessorConfig>, object]>([
    ['the old form of sizes', { size: 32, crop_size: 32 }, { size: 32, fit: 'cover' }],
    ['a crop from a larger picture', { size: { shortest_edge: 40 } }, { size: 32, fit: 'cover', shortest_edge: 40 }],
    ['both edges', { size: { height: 48, width: 48 }, do_center_crop: false }, { size: 48, fit: 'stretch' }],
    [
      'no normalisation (MobileCLIP)',
      { do_normalize: false, resample: 2 },
      { filter: 'bilinear', mean: [0, 0, 0], std: [1, 1, 1] },
    ],
    ['no rescaling', { do_rescale: false }, { rescale_factor: 1 }],
  ])('%s', (_, changed, expected) => {
    expect(imagePreprocessingOf({ ...clip, ...changed })).toMatchObject(expected)
  })

  test.each<[string, Partial<PreprocessorConfig>]>([
    ['do_resize', { do_resize: false }],
    ['do_pad', { do_pad: true }],
    ['resample', { resample: 1 }],
    ['crop_size', { crop_size: { height: 32, width: 30 } }],
    ['size', { size: { height: 32, width: 30 } }],
    ['do_center_crop', { do_center_crop: false }],
    ['image_mean', { image_mean: [0.5] }],
    ['crop_size', { size: { height: 48, width: 48 } }],
  ])('%s is named when it is of another kind', (member, changed) => {
    expect(() => imagePreprocessingOf({ ...clip, ...changed })).toThrow(`preprocessor_config.json: ${member} `)
  })
})
