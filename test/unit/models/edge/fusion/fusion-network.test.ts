/** A fusion model over made-up graphs: cells become rows of things, rows and words become answers. */
import { describe, expect, test } from 'vitest'
import type {
  AnsweringManifest,
  CaptionerManifest,
  FusionGraph,
  FusionManifest,
} from '../../../../../src/contracts/fusion-manifest.ts'
import type { PictureKind } from '../../../../../src/contracts/picture-kind.ts'
import type { Item } from '../../../../../src/contracts/item.ts'
import { createAnsweringModel } from '../../../../../src/models/edge/fusion/answering-model.ts'
import { createFusionNetwork } from '../../../../../src/models/edge/fusion/fusion-network.ts'
import { type Cells, channelsOf, findThings, rowWidth } from '../../../../../src/models/edge/fusion/things.ts'
import type { Session, SessionInput } from '../../../../../src/models/edge/onnx-runtime.ts'
import type { Tokenizer } from '../../../../../src/text/tokenizer.ts'
import { fakeDetector } from '../../../../support/fake-detector.ts'
import { noTurns } from '../../../../support/fake-turns.ts'

const SHA = 'a'.repeat(64)
const graph = (file: string): FusionGraph => ({
  file,
  sha256: SHA,
  bytes: 1,
  quantization: 'fp32',
  prepack: false,
  resident_bytes: 1,
})

const manifest: FusionManifest = {
  schema: 'assay.model/1',
  kind: 'fusion',
  id: 'made-up',
  version: '1.0.0',
  released: '2026-11-29',
  task: 'visual_question_answering',
  domain: { pictures: ['drawing'], description: 'made up' },
  detector: {
    ...graph('detector.onnx'),
    stride: 8,
    sure: 0.35,
    overlap: 0.6,
    most: 2,
    forms: ['circle', 'drawing'],
    colours: ['red', 'blue', 'none'],
  },
  namer: { ...graph('namer.onnx'), kinds: ['dog', 'cat'], from: 0.3, margin: 0.5 },
  fusion: { ...graph('fusion.onnx'), attention: true },
  image: {
    size: 10,
    longest_edge: 40,
    fit: 'bounded',
    pad_color: [0, 0, 0],
    filter: 'bilinear',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    alpha: 'white',
    exif_orientation: true,
  },
  tokenizer: { file: 'tokenizer.json', sha256: SHA, max_length: 8 },
  answers: ['yes', 'no', 'dog'],
  skills: ['question', 'statement'],
  languages: ['en'],
  licence: 'Apache-2.0',
  training_data: [],
  quality: [],
}

/** Cells in which nothing is, but for the given ones: logits by channel. */
function cellsWith(rows: number, columns: number, filled: Readonly<Record<number, readonly number[]>>): Cells {
  const plane = rows * columns
  const data = new Float32Array(channelsOf(manifest) * plane)
  data.fill(-9, 0, plane)
  for (const [cell, logits] of Object.entries(filled))
    logits.forEach((logit, channel) => (data[channel * plane + Number(cell)] = logit))
  return { data, rows, columns }
}

// Centre, four edges in cells, four walls, forms, colours, ground.
const CIRCLE = [4, 0.5, 0.5, 0.5, 0.25, 9, -9, -9, -9, 9, 0, 9, 0, 0, 0, 9, 0]
const DRAWN = [2, 0.5, 0.25, 0.5, 0.5, -9, -9, 9, -9, 0, 9, 0, 0, 9, 0, 9, 0]

describe('things', () => {
  test('come surest first, with boxes in pixels inside the picture', () => {
    const things = findThings(manifest, cellsWith(2, 3, { 1: DRAWN, 0: CIRCLE }), 15, 10)
    expect(things.map(({ box }) => box)).toEqual([
      [0, 0, 8, 6],
      [8, 2, 15, 8],
    ])
    expect(things[0]!.forms[0]).toBeGreaterThan(0.99)
    expect(things[1]!.walls[2]).toBeGreaterThan(0.99)
  })

  test('of two that overlap the surer one stays, and no more than the most', () => {
    const same = [1, 1.5, 0.5, -0.5, 0.25, ...CIRCLE.slice(5)]
    expect(findThings(manifest, cellsWith(1, 3, { 0: CIRCLE, 1: same }), 24, 8)).toHaveLength(1)
    expect(findThings(manifest, cellsWith(1, 3, { 0: CIRCLE, 1: CIRCLE, 2: CIRCLE }), 24, 8)).toHaveLength(2)
  })

  test('unsure cells and boxes without area are none', () => {
    const unsure = [-1, ...CIRCLE.slice(1)]
    const flat = [4, -0.2, 0.5, 0.2, 0.5, ...CIRCLE.slice(5)]
    expect(findThings(manifest, cellsWith(1, 2, { 0: unsure, 1: flat }), 16, 8)).toEqual([])
  })
})

interface Call {
  readonly file: string
  readonly inputs: Readonly<Record<string, SessionInput>>
}

/** Tokens of the made-up captioner; 0 begins and 3 ends. */
const WORDS = ['[CLS]', 'a', 'dog', '[SEP]', 'cat']

/** A model whose detector sees a circle and a drawing, and whose namer says cat. */
function madeUp(answers: readonly number[], truth = 1, own: AnsweringManifest = manifest) {
  const calls: Call[] = []
  const outputsOf: Record<string, () => [string, { data: Float32Array; shape: number[] }][]> = {
    'detector.onnx': () => [['cells', { data: cellsWith(2, 2, { 0: CIRCLE, 1: DRAWN }).data, shape: [1, 17, 2, 2] }]],
    'namer.onnx': () => [['names', { data: Float32Array.of(0.25, 0.75), shape: [1, 2] }]],
    'fusion.onnx': () => [
      ['answer', { data: Float32Array.from(answers), shape: [1, 3] }],
      ['truth', { data: Float32Array.of(truth), shape: [1, 1] }],
      ['match', { data: Float32Array.of(-truth), shape: [1, 1] }],
      // Three tokens and three rows; a share is its own place.
      ['attention', { data: Float32Array.from({ length: 72 }, (_, at) => at), shape: [1, 2, 6, 6] }],
    ],
  }
  const captionerOf: Record<string, (inputs: Call['inputs']) => [string, { data: Float32Array; shape: number[] }][]> = {
    'encoder.onnx': () => ['memory', 'looked', 'names'].map((name, k) => [name, { data: Float32Array.of(k), shape: [1] }]),
    'step.onnx': (inputs) => saidNext(inputs),
  }
  const session = async ({ file }: FusionGraph): Promise<Session> => ({
    run: () => Promise.reject(new Error('not this way')),
    runAll: async (inputs) => {
      calls.push({ file, inputs })
      return new Map((captionerOf[file] ?? outputsOf[file])!(inputs))
    },
    release: async () => undefined,
  })
  const tokenizer: Tokenizer = {
    type: 'WordPiece',
    encode: (text) => ({ ids: [2, text.length, 3], tokens: 3, truncated: false, droppedTokens: 0, unknownTokens: 0 }),
  }
  let decoded = 0
  const network = createFusionNetwork({
    manifest: own,
    session,
    tokenizer: async () => tokenizer,
    words: async () => (ids) => ids.map((id) => WORDS[id]).join(' '),
    preprocess: async () => {
      decoded++
      const header = { orientedWidth: 30, orientedHeight: 20, media_type: 'image/png' } as never
      return { tensor: new Float32Array(3 * 15 * 10).fill(0.5), header, scale: 1 } as never
    },
  })
  return { network, calls, decoded: () => decoded }
}

describe('a network', () => {
  test('pads the picture, names drawings alone and puts the rows of two pictures beside each other', async () => {
    const { network, calls } = madeUp([0, 0, 0])
    const seen = await network.look(new Uint8Array(1))
    expect(seen.count).toBe(3)
    expect(calls.map(({ file }) => file)).toEqual(['detector.onnx', 'namer.onnx'])
    const pixels = calls[0]!.inputs['pixel_values']!
    expect(pixels.shape).toEqual([1, 3, 16, 16])
    expect(Array.from(pixels.data.subarray(13, 18), Number)).toEqual([0.5, 0.5, 0, 0.5, 0.5])
    expect(Array.from(calls[1]!.inputs['boxes']!.data, Number)).toEqual([4.5, -1, 18.5, 11])
    const width = rowWidth(manifest)
    const drawing = seen.rows.subarray(2 * width, 3 * width)
    expect(drawing[2]! / drawing[1]!).toBeCloseTo(3)
    expect([...drawing.subarray(6, 10)]).toEqual([8, 2, 15, 8].map((edge) => Math.fround(edge / 100)))

    await network.read([seen, seen], 'a text')
    const things = calls[2]!.inputs['things']!
    expect(things.shape).toEqual([1, 6, width])
    expect(Array.from({ length: 6 }, (_, row) => things.data[row * width + width - 2])).toEqual([0, 0, 0, 1, 1, 1])
    expect(Array.from({ length: 6 }, (_, row) => things.data[row * width + width - 1])).toEqual([1, 0, 0, 1, 0, 0])
  })

  test('says where it looked: tokens, then rows with their names, colors and boxes in shares of the picture', async () => {
    const { network } = madeUp([0, 0, 0])
    const seen = await network.look(new Uint8Array(1))
    const attention = await network.attend([seen], 'x')
    expect(attention.tokens).toEqual(['dog', 'a', '[SEP]'])
    expect(attention.rows.map(({ picture, name, color }) => [picture, name, color])).toEqual([
      [0, null, 'blue'],
      [0, 'circle', 'red'],
      [0, 'cat', 'none'],
    ])
    expect(attention.rows[0]!.box).toEqual([0, 0, 1, 1])
    expect(attention.rows[1]!.box.map((edge) => Math.round(edge * 100) / 100)).toEqual([0, 0, 0.53, 0.6])
    expect(attention.layers).toHaveLength(2)
    expect(attention.layers[1]![0]).toEqual([36, 37, 38, 39, 40, 41])
    expect(attention.layers[1]![5]![5]).toBe(71)
    await expect(network.attend([seen, seen], 'x')).rejects.toThrow(/attention of 6/)
    const { attention: __, ...plain } = manifest.fusion
    await expect(madeUp([], 1, { ...manifest, fusion: plain }).network.attend([seen], 'x')).rejects.toThrow(/no attention/)
  })
})

const { fusion, answers: _, ...perceiving } = manifest
const captioner: CaptionerManifest = {
  ...perceiving,
  kind: 'captioner',
  task: 'image_captioning',
  skills: ['caption'],
  encoder: { ...fusion, file: 'encoder.onnx' },
  step: {
    ...fusion,
    file: 'step.onnx',
    layers: 1,
    heads: 1,
    depth: 1,
    begin: 0,
    end: 3,
    longest: 5,
    beams: 2,
    length_power: 0.5,
  },
}

/**
 * After "a": "dog" with 0.6 and "cat" with 0.4; after either the end. Keys and values of a token are its id,
 * so that `past` tells which tokens a beam has.
 */
function saidNext({ ids, past }: Call['inputs']): [string, { data: Float32Array; shape: number[] }][] {
  const last = Array.from(ids!.data, Number)
  const chances = { 0: [0, 1, 0, 0, 0], 1: [0, 0, 0.6, 0, 0.4], 2: [0, 0, 0, 1, 0], 4: [0, 0, 0, 1, 0] } as const
  const logits = last.flatMap((id) => chances[id as 0].map((chance) => Math.log(Math.max(chance, 1e-9))))
  const tokens = past!.shape[4]!
  const present = Array.from({ length: 2 }, (_, part) =>
    last.flatMap((id, beam) => [
      ...Array.from(past!.data.subarray((part * last.length + beam) * tokens, (part * last.length + beam + 1) * tokens), Number),
      id,
    ]),
  ).flat()
  return [
    ['logits', { data: Float32Array.from(logits), shape: [last.length, 1, 5] }],
    ['present', { data: Float32Array.from(present), shape: [1, 2, last.length, 1, tokens + 1, 1] }],
  ]
}

const IMAGE = { sha256: 'b'.repeat(64), media_type: 'image/png', bytes: 10, width: 30, height: 20 } as const
const vqa = { task: 'vqa', id: '1', cluster: '1', image: IMAGE, question: 'is there a dog?' } as Item
const nlvr2 = { task: 'nlvr2', id: '1', cluster: '1', images: [IMAGE, IMAGE], sentence: 'both are dogs' } as never as Item

async function model(
  answers: readonly number[],
  truth?: number,
  own: AnsweringManifest = manifest,
  kind: PictureKind = 'drawing',
) {
  const { network, calls, decoded } = madeUp(answers, truth, own)
  const answering = await createAnsweringModel({
    network,
    preprocessingDigest: async () => SHA,
    readImage: async () => new Uint8Array(10),
    admit: (_, action) => action(),
    turns: noTurns,
    detector: fakeDetector(kind),
  })
  return { answering, calls, decoded }
}

describe('a captioner', () => {
  test('runs its decoder once per token for all beams, each with the keys and values of its own tokens', async () => {
    const { network, calls } = madeUp([], 1, captioner)
    const seen = await network.look(new Uint8Array(1))
    const said = await network.describe(seen)
    expect(said.map(({ caption, tokens }) => [caption, tokens])).toEqual([
      ['a dog', 3],
      ['a cat', 3],
    ])
    expect(Math.exp(said[0]!.logProbability)).toBeCloseTo(0.6, 5)
    const steps = calls.filter(({ file }) => file === 'step.onnx').map(({ inputs }) => inputs)
    expect(steps).toHaveLength(3)
    expect(steps.map(({ position }) => Number(position!.data[0]))).toEqual([0, 1, 2])
    expect(steps.map(({ ids }) => Array.from(ids!.data, Number))).toMatchObject([[0], [1, expect.any(Number)], [2, 4]])
    expect(Array.from(steps[2]!.past!.data, Number).slice(0, 4)).toEqual([0, 1, 0, 1])
    await expect(network.read([seen], 'a text')).rejects.toThrow(/takes no text/)
    await expect(network.attend([seen], 'a text')).rejects.toThrow(/takes no text/)
  })

  test('captions the items of a run', async () => {
    const { answering } = await model([], 1, captioner)
    const item = { task: 'caption', id: '1', cluster: '1', image: IMAGE, position: 0, references: ['a dog'] } as Item
    const { output, evidence } = await answering.run({ item, output: 'text' })
    expect(output).toEqual({ kind: 'text', text: 'a dog' })
    expect(evidence).toMatchObject({ things: 2, candidates: [{ caption: 'a dog', tokens: 3 }, { caption: 'a cat' }] })
    expect(answering.supports('caption', 'text')).toBe(true)
    expect(answering.supports('vqa', 'text')).toMatch(/says captions \(caption\), and not what vqa asks/)
  })
})

describe('a model that answers', () => {
  test('gives the most probable answer, with the others as evidence, and looks at a picture once', async () => {
    const { answering, decoded } = await model([0, 3, 1])
    const { output, evidence } = await answering.run({ item: vqa, output: 'text' })
    expect(output).toEqual({ kind: 'text', text: 'no' })
    const { candidates } = evidence as { candidates: { answer: string; probability: number }[] }
    expect(candidates.map(({ answer }) => answer)).toEqual(['no', 'dog', 'yes'])
    expect(candidates.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
    await answering.run({ item: vqa, output: 'text' })
    expect(decoded()).toBe(1)
  })

  test.each([
    [2, 'true'],
    [-2, 'false'],
  ])('judges a statement about two pictures (%s)', async (truth, text) => {
    const { answering } = await model([0, 0, 0], truth)
    const { output, evidence } = await answering.run({ item: nlvr2, output: 'text' })
    const probability = 1 / (1 + Math.exp(-truth))
    expect(output).toEqual({ kind: 'text', text, yesProbability: expect.closeTo(probability, 6) as unknown })
    expect(evidence).toEqual({
      probability: expect.closeTo(probability, 6) as unknown,
      tokens: 3,
      truncated: false,
      unknownTokens: 0,
    })
    const seen = await answering.look(new Uint8Array(10))
    expect((await answering.judge([seen], 'x')).match).toBeCloseTo(1 - probability, 6)
  })

  test('warns about a picture that is none of its kind, in a run as in a request', async () => {
    const { answering } = await model([0, 3, 1], undefined, manifest, 'photograph')
    const { warnings } = await answering.run({ item: vqa, output: 'text' })
    expect(warnings).toMatchObject([{ code: 'out_of_domain', kind: 'photograph', trained_on: ['drawing'] }])
    const seen = await answering.look(new Uint8Array(10))
    expect(seen.warnings).toEqual(warnings)
    await expect((await model([0, 3, 1])).answering.run({ item: vqa, output: 'text' })).resolves.toMatchObject({ warnings: [] })
  })

  test('says what it cannot do, and errs where there is no picture', async () => {
    const { answering } = await model([0, 0, 0])
    expect(answering.supports('vqa', 'text')).toBe(true)
    expect(answering.supports('vqa', 'embeddings')).toMatch(/gives no embeddings/)
    const { answering: silent } = await model([0, 0, 0], 1, { ...manifest, skills: ['question'] })
    expect(silent.supports('nlvr2', 'text')).toMatch(/answers questions \(vqa\), and not what nlvr2 asks/)
    expect(answering.supports('caption', 'text')).toMatch(/not what caption asks/)
    await expect(answering.run({ item: { ...vqa, image: null }, output: 'text' })).rejects.toMatchObject({ code: 'no_image' })
  })

  test('its digest follows from its files', async () => {
    const { network } = madeUp([0, 0, 0])
    const other = madeUp([0, 0, 0], 1, { ...manifest, answers: ['yes', 'no'] }).network
    expect(await network.modelDigest()).toMatch(/^[0-9a-f]{64}$/)
    expect(await other.modelDigest()).not.toBe(await network.modelDigest())
  })
})
