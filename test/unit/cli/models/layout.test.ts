/** Reading a model's folder; a refusal names the file and the member. */
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLayout } from '../../../../src/cli/models/layout.ts'
import { licenceLine, licenceOfReadme, licenceWarning } from '../../../../src/cli/models/licence.ts'
import { imagePreprocessingOf, type PreprocessorConfig } from '../../../../src/cli/models/preprocessing.ts'
import { externalize } from '../../../../src/models/onnx/external-data.ts'
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
  await put('config.json', '\uFEFF{"model_type": "clip"}')
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
  expect((await layout({ precision: { both: 'fp32' } })).files.vision).toBe('onnx/vision_model.onnx')
})

test('weights beside a graph are weighed by the names that the graph gives them', async () => {
  const { bytes } = await layout()
  const graph = new Uint8Array(await readFile(join(folder, 'onnx/text_model.onnx')))
  const { graph: bare, data } = externalize(graph, 'text_model.onnx.data')
  await writeFile(join(folder, 'onnx/text_model.onnx'), bare)
  await expect(layout()).rejects.toThrow('onnx/text_model.onnx keeps its weights in onnx/text_model.onnx.data, which is missing')
  await writeFile(join(folder, 'onnx/text_model.onnx.data'), data)
  expect((await layout()).bytes).toEqual({ ...bytes, text: bare.length + data.length })
  // A file that the graph does not name is not its weight.
  await put('onnx/text_model.onnx_data', 'x'.repeat(1000))
  expect((await layout()).bytes).toEqual({ ...bytes, text: bare.length + data.length })
})

test('settings of pictures that transformers 5 saves with the processor', async () => {
  const own = await layout()
  const image_processor = JSON.parse(await readFile(join(folder, 'preprocessor_config.json'), 'utf8')) as object
  await rm(join(folder, 'preprocessor_config.json'))
  await put('processor_config.json', { processor_class: 'SiglipProcessor', image_processor })
  expect((await layout()).image).toEqual(own.image)
})

test('a tokenizer without a named kind is what its members say', async () => {
  const json = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')) as { model: { type?: string } }
  delete json.model.type
  await put('tokenizer.json', json)
  expect((await layout()).tokens.type).toBe('Unigram')
})

describe('towers that are not where they are looked for', () => {
  const move = async (moves: Record<string, string>) => {
    for (const [from, to] of Object.entries(moves)) {
      await mkdir(dirname(join(folder, to)), { recursive: true })
      await rename(join(folder, from), join(folder, to))
    }
  }
  const [vision, text] = ['onnx/vision_model.onnx', 'onnx/text_model.onnx'] as const

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'one precision',
      { [vision]: 'onnx/vision_model_fp16.onnx', [text]: 'onnx/text_model_fp16.onnx' },
      /there is fp16 for both towers: give --precision fp16/,
    ],
    [
      'two',
      { [vision]: 'onnx/vision_model_fp16.onnx', [text]: 'onnx/text_model_quantized.onnx' },
      /vision has fp16 and text quantized: give --vision-precision fp16 --text-precision quantized/,
    ],
    [
      'one that is not read',
      { [vision]: 'onnx/vision_model_q4f16.onnx', [text]: 'onnx/text_model_q4f16.onnx' },
      /there is only q4f16, which cannot be run here: export /,
    ],
    [
      'a joint graph',
      { [vision]: 'onnx/model.onnx', [text]: 'elsewhere.onnx' },
      /onnx\/model\.onnx; it is one graph of both towers\. Export them apart, .*--split_modalities/,
    ],
    ['the root', { [vision]: 'vision_model.onnx', [text]: 'text_model.onnx' }, /the towers lie in the root: move them to onnx\//],
    ['Immich', { [vision]: 'visual/model.onnx', [text]: 'textual/model.onnx' }, /the layout is Immich’s/],
    ['half a model', { [text]: 'elsewhere.onnx' }, /no onnx\/text_model\*\.onnx beside the other tower/],
  ])('%s', async (_, moves, message) => {
    await move(moves)
    await expect(layout()).rejects.toThrow(message)
  })

  test('a precision for each', async () => {
    await move({ [vision]: 'onnx/vision_model_fp16.onnx', [text]: 'onnx/text_model_quantized.onnx' })
    expect((await layout({ precision: { vision: 'fp16', text: 'quantized' } })).files).toMatchObject({
      vision: 'onnx/vision_model_fp16.onnx',
      text: 'onnx/text_model_quantized.onnx',
    })
  })
})

test.each(['onnx/vision_model.onnx', 'tokenizer.json', 'config.json'])('a Git LFS pointer in the place of %s', async (file) => {
  await put(file, `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 605804513\n`)
  await expect(layout()).rejects.toThrow(
    `${file} is a Git LFS pointer to 605804513 bytes, not the file itself: run "git lfs pull"`,
  )
})

test.each([
  ['owner/name', /there is no folder .*\/owner\/name; for a repository give its whole address, https:\/\/<hub>\/owner\/name/],
  ['./nowhere', /there is no folder .*\/nowhere$/],
])('no such folder: %s', async (given, message) => {
  await expect(readLayout(localSource(given), {})).rejects.toThrow(message)
})

test('a file in the place of a folder', async () => {
  await expect(readLayout(localSource(join(folder, 'config.json')), {})).rejects.toThrow(
    'is a file: give the folder of the model',
  )
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
    await expect(layout({ precision: { both: 'q4' } })).rejects.toThrow('there is fp32 for both towers: give --precision fp32')
  })

  test.each(['config.json', 'preprocessor_config.json', 'tokenizer.json'])('%s missing', async (file) => {
    await rm(join(folder, file))
    await expect(layout()).rejects.toThrow(`${file} is missing`)
  })

  test('neither a README nor a licence option', async () => {
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
    ['---\nlicense:\n- mit\n- apache-2.0\n---\n', 'mit, apache-2.0'],
    ['---\nlicense: [mit]\n---\n', 'mit'],
    ['---\nlicense: >-\n  mit\n---\n', 'mit'],
    ['---\nlicense: mit # really\n---\n', 'mit'],
    ['---\nbase_model: x\nmodel-index:\n- name: y\n  license: gpl\n---\n', undefined],
    ['---\nlicense: [\n---\n', undefined],
  ])('of %j', (readme, line) => {
    expect(licenceOfReadme(readme)).toBe(line)
  })

  test('the command line has precedence', () => {
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
    ['a filter by its name', { resample: 'bilinear' }, { filter: 'bilinear' }],
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
  test('members that are missing are said to be', () => {
    const { image_mean: _mean, ...unscaled } = clip
    expect(() => imagePreprocessingOf(unscaled)).toThrow('image_mean is missing; it must be three numbers')
    const { size: _size, ...unsized } = clip
    expect(() => imagePreprocessingOf({ ...unsized, do_center_crop: false })).toThrow('size is missing; a square')
  })
})
