/**
 * Text towers that need special inputs or fail on some texts: the decisions of `models add`, and the served
 * results.
 * @module
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTokenizer } from '../../src/text/tokenizer.ts'
import { Fault } from '../../src/contracts/failure.ts'
import { BROUGHT, localSource, prepared, served } from '../support/brought-model.ts'
import { type MeanTower, meanTower } from '../support/tiny-onnx.ts'

const MAX_LENGTH = 20
const [START, END] = [0, 1]

let folder: string
let cleaning: (() => Promise<void>)[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-towers-'))
  await cp(join(BROUGHT, 'clip-tiny'), folder, { recursive: true })
  cleaning = [() => rm(folder, { recursive: true })]
})
afterEach(async () => {
  for (const clean of cleaning) await clean()
})

const tokens = async (text: string) => {
  const json: unknown = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
  return createTokenizer(json, { maxLength: MAX_LENGTH }).encode(text).ids
}

async function bring(tower: Partial<MeanTower>, options: Parameters<typeof prepared>[1] = {}) {
  await writeFile(join(folder, 'onnx/text_model.onnx'), meanTower({ vocabulary: 622, dimensions: 24, ...tower }))
  const result = await prepared(localSource(folder), options)
  cleaning.push(result.clean)
  return { ...result, model: await served(result.manifest, result.folder) }
}

const named = (pad: string) => writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ pad_token: pad }))

/** The tower's vector for these ids, at unit length. */
function expected(ids: readonly number[], dimensions = 24): number[] {
  const row = (id: number) => Array.from({ length: dimensions }, (_, at) => Math.fround(Math.sin(1 + id * 12.9898 + at * 78.233)))
  const sums = ids.map(row).reduce((sum, values) => sum.map((value, at) => value + values[at]!))
  const norm = Math.hypot(...sums)
  return sums.map((value) => value / norm)
}

describe('vectors that depend on what follows a text', () => {
  test('pad every text with the pad_token of the export', async () => {
    await named('<|endoftext|>')
    const { manifest, model, said } = await bring({})
    expect(manifest.tokenizer).toMatchObject({ max_length: MAX_LENGTH, padding: 'max_length', pad_id: END })
    expect(said.join('\n')).toContain('every text is padded to 20 tokens with id 1 (the pad_token of tokenizer_config.json')
    const ids = await tokens('a red bus')
    const filled = [...ids, ...Array<number>(MAX_LENGTH - ids.length).fill(END)]
    const { vector } = await model.embedText('a red bus')
    expected(filled).forEach((value, at) => expect(vector[at]).toBeCloseTo(value, 5))
  })

  test('are padded with the id of --pad-id if it is given', async () => {
    await named('<|endoftext|>')
    const { manifest } = await bring({}, { padId: START })
    expect(manifest.tokenizer).toMatchObject({ padding: 'max_length', pad_id: START })
  })

  test('are refused where nothing says with what', async () => {
    await expect(bring({})).rejects.toThrow(/depend on what follows a text.*give --pad-id/)
  })
})

test('a graph of a fixed length gets texts of that length, whatever config.json says', async () => {
  await named('<|endoftext|>')
  const { manifest, model } = await bring({ length: 16 })
  expect(manifest.tokenizer).toMatchObject({ max_length: 16, padding: 'max_length', pad_id: END })
  for (const text of ['', 'a dog', 'a photo of a dog. '.repeat(20)]) expect((await model.embedText(text)).vector).toHaveLength(24)
})

test('a tower with a mask, or a causal one, gets its texts as they are', async () => {
  await named('<|endoftext|>')
  const { manifest, clean } = await prepared(localSource(folder))
  cleaning.push(clean)
  expect(manifest.tokenizer.padding).toBeUndefined()
})

test('a picture size that the graph does not accept is reported in its own words', async () => {
  const file = join(folder, 'preprocessor_config.json')
  const config = JSON.parse(await readFile(file, 'utf8')) as object
  await writeFile(file, JSON.stringify({ ...config, crop_size: { height: 40, width: 40 }, size: { shortest_edge: 40 } }))
  await expect(prepared(localSource(folder))).rejects.toThrow(/vision_model\.onnx (takes pictures of 32 × 32|does not run)/)
})

describe('a fault of the model on one text is that text’s', () => {
  test.each([
    ['NaN', Number.NaN, /not finite/],
    ['infinity', Number.POSITIVE_INFINITY, /not finite/],
  ])('%s', async (_, value, reason) => {
    await named('<|endoftext|>')
    const [, bad] = await tokens('zebra')
    const { model } = await bring({ rows: { [bad!]: value } })
    const refused = await model.embedText('zebra').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Fault)
    expect((refused as Fault).failure).toMatchObject({ kind: 'unprocessable', detail: expect.stringMatching(reason) as string })
    expect((await model.embedText('')).vector).toHaveLength(24)
  })

  test('zeros', async () => {
    await named('<|endoftext|>')
    const { model } = await bring({ rows: { [START]: 0, [END]: 0 } })
    await expect(model.embedText('')).rejects.toThrow('of zeros, which has no direction')
    expect((await model.embedText('a dog')).vector).toHaveLength(24)
  })

  test('an id that the graph has no row for', async () => {
    await named('<|endoftext|>')
    const ids = await tokens('a photo of a dog.')
    const { model } = await bring({ vocabulary: Math.max(...ids) + 1 })
    const json = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')) as {
      model: { vocab: Record<string, number> }
    }
    const [word] = Object.entries(json.model.vocab).find(([piece, id]) => id > Math.max(...ids) && /^[a-z]+<\/w>$/.test(piece))!
    const refused = await model.embedText(word.replace('</w>', '')).catch((error: unknown) => error)
    expect((refused as Fault).failure).toMatchObject({
      kind: 'unprocessable',
      detail: expect.stringContaining('refuses this input') as string,
    })
    expect((await model.embedText('a dog')).vector).toHaveLength(24)
  })
})
