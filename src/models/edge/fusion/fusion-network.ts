/**
 * The graphs of a fusion model: picture in, rows of things out; rows and a text in, logits out. One picture
 * and one text per run of a session.
 * @module
 */
import { digestOf } from '../../../contracts/digest.ts'
import { Fault } from '../../../contracts/failure.ts'
import type { FusionGraph, FusionManifest } from '../../../contracts/fusion-manifest.ts'
import type { OnStage } from '../../../contracts/edge-model.ts'
import type { ImageHeader } from '../../../media/image-header.ts'
import { boundedSize } from '../../../media/fit.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'
import type { Preprocessing } from '../dual-encoder.ts'
import { InputRefused, type Session, type SessionInput, type SessionOutput } from '../onnx-runtime.ts'
import { type Box, type Cells, channelsOf, findThings, groundOfCells, rowsOf, rowWidth, type Thing } from './things.ts'

export interface Rows {
  readonly rows: Float32Array
  readonly count: number
  readonly header: ImageHeader
}

export interface Logits {
  readonly answer: Float32Array
  readonly truth: number
  readonly tokens: number
  readonly truncated: boolean
  readonly unknownTokens: number
}

export interface FusionNetwork {
  readonly manifest: FusionManifest
  /** Digest of the files and of all members that affect the computation, except image preprocessing. */
  modelDigest(): Promise<string>
  /** @throws {Fault} `bad_image`, `too_large` or `unsupported_media` for the picture */
  look(bytes: Uint8Array, onStage?: OnStage): Promise<Rows>
  /** @param pictures rows of one picture, or of the left and the right one */
  read(pictures: readonly Pick<Rows, 'rows' | 'count'>[], text: string, onStage?: OnStage): Promise<Logits>
}

export interface FusionNetworkParts extends Pick<Preprocessing, 'preprocess'> {
  readonly manifest: FusionManifest
  /** Called before every run, since a session may be evicted afterwards. */
  readonly session: (graph: FusionGraph) => Promise<Session>
  readonly tokenizer: () => Promise<Tokenizer>
}

export function createFusionNetwork({ manifest, session, tokenizer, preprocess }: FusionNetworkParts): FusionNetwork {
  const { detector, namer, fusion } = manifest
  const width = rowWidth(manifest)

  async function run(
    graph: FusionGraph,
    inputs: Readonly<Record<string, SessionInput>>,
  ): Promise<ReadonlyMap<string, SessionOutput>> {
    const loaded = await session(graph)
    return loaded.runAll(inputs).catch((error: unknown) => {
      if (!(error instanceof InputRefused)) throw error
      const detail = `${graph.file} refuses this input: ${error.message}`
      throw new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '', detail }] })
    })
  }

  async function namesOf(pixels: SessionInput, things: readonly Thing[]): Promise<(Float32Array | undefined)[]> {
    const drawn = things.map(({ forms }, index) => ({ index, share: forms.at(-1)! })).filter(({ share }) => share >= namer.from)
    if (drawn.length === 0) return []
    const boxes = Float32Array.from(drawn.flatMap(({ index }) => widened(things[index]!.box, namer.margin)))
    const outputs = await run(namer, { picture: pixels, boxes: { data: boxes, shape: [drawn.length, 4] } })
    const { data } = outputOf(outputs, 'names', namer)
    const names: (Float32Array | undefined)[] = []
    drawn.forEach(({ index }, row) => {
      names[index] = data.subarray(row * namer.kinds.length, (row + 1) * namer.kinds.length)
    })
    return names
  }

  return {
    manifest,
    modelDigest: () => {
      const { tokenizer: file, answers } = manifest
      const { stride, sure, overlap, most, forms, colours } = detector
      return digestOf({
        kind: 'fusion',
        detector: { ...computedBy(detector), stride, sure, overlap, most, forms, colours },
        namer: { ...computedBy(namer), kinds: namer.kinds, from: namer.from, margin: namer.margin },
        fusion: computedBy(fusion),
        tokenizer: { sha256: file.sha256, max_length: file.max_length },
        answers,
      })
    },

    async look(bytes, onStage) {
      const { tensor, header } = await preprocess(bytes, manifest.image, onStage && sinceLast(onStage))
      const { size, longest_edge: longest = size } = manifest.image
      const bounded = boundedSize(header.orientedWidth, header.orientedHeight, size, longest)
      const pixels = padded(tensor, bounded.width, bounded.height, detector.stride)
      const started = performance.now()
      const [, , rows, columns] = pixels.shape.map((edge) => edge / detector.stride) as [number, number, number, number]
      const { data } = outputOf(await run(detector, { pixel_values: pixels }), 'cells', detector)
      if (data.length !== channelsOf(manifest) * rows * columns) throw new Error(`${detector.file} is not of this manifest`)
      const cells: Cells = { data, rows, columns }
      const things = findThings(manifest, cells, bounded.width, bounded.height)
      const names = await namesOf(pixels, things)
      const ground = groundOfCells(manifest, cells)
      onStage?.('infer_image', performance.now() - started)
      return { rows: rowsOf(manifest, things, names, ground, bounded.width, bounded.height), count: 1 + things.length, header }
    },

    async read(pictures, text, onStage) {
      const started = performance.now()
      const { ids, tokens, truncated, unknownTokens } = (await tokenizer()).encode(text)
      const outputs = await run(fusion, {
        things: { data: beside(pictures, width), shape: [1, pictures.reduce((sum, { count }) => sum + count, 0), width] },
        ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, ids.length] },
      })
      const answer = outputOf(outputs, 'answer', fusion).data
      const truth = outputOf(outputs, 'truth', fusion).data[0]!
      onStage?.('infer_text', performance.now() - started)
      if (![...answer, truth].every(Number.isFinite)) throw new Error(`${fusion.file} gives logits that are not finite`)
      return { answer, truth, tokens, truncated, unknownTokens }
    },
  }
}

const computedBy = ({ sha256, prepack }: FusionGraph) => ({ sha256, prepack })

function outputOf(outputs: ReadonlyMap<string, SessionOutput>, name: string, { file }: FusionGraph): SessionOutput {
  const output = outputs.get(name)
  if (output === undefined) throw new Error(`${file} has no output ${name}, it has ${[...outputs.keys()].join(', ')}`)
  return output
}

/** CHW planes, padded with 0 on the right and at the bottom to multiples of `stride`. */
function padded(tensor: Float32Array, width: number, height: number, stride: number): SessionInput {
  const across = Math.ceil(width / stride) * stride
  const down = Math.ceil(height / stride) * stride
  const data = new Float32Array(3 * across * down)
  for (let plane = 0; plane < 3; plane++) {
    for (let y = 0; y < height; y++) {
      const from = (plane * height + y) * width
      data.set(tensor.subarray(from, from + width), (plane * down + y) * across)
    }
  }
  return { data, shape: [1, 3, down, across] }
}

function widened([left, top, right, bottom]: Box, margin: number): number[] {
  const [x, y] = [(right - left) * margin, (bottom - top) * margin]
  return [left - x, top - y, right + x, bottom + y]
}

/** The rows of all pictures; in each row the last number but one says which picture it is of. */
function beside(pictures: readonly Pick<Rows, 'rows' | 'count'>[], width: number): Float32Array {
  const out = new Float32Array(pictures.reduce((sum, { rows }) => sum + rows.length, 0))
  let at = 0
  pictures.forEach(({ rows, count }, which) => {
    out.set(rows, at)
    for (let row = 0; row < count; row++) out[at + row * width + width - 2] = which
    at += rows.length
  })
  return out
}

function sinceLast(onStage: OnStage): (stage: string) => void {
  let last = performance.now()
  return (stage) => {
    const now = performance.now()
    onStage(stage, now - last)
    last = now
  }
}
