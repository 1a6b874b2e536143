/**
 * A picture to rows of things: the detector finds them, the namer names the drawn ones.
 * @module
 */
import type { OnStage } from '../../../contracts/edge-model.ts'
import type { AnsweringManifest } from '../../../contracts/fusion-manifest.ts'
import { release } from '../../../contracts/release.ts'
import { boundedSize } from '../../../media/fit.ts'
import type { ImageHeader } from '../../../media/image-header.ts'
import type { PixelSample } from '../../../media/pixel-sample.ts'
import type { Preprocessing } from '../dual-encoder.ts'
import type { SessionInput } from '../onnx-runtime.ts'
import type { RunGraph } from './run-graph.ts'
import { type Box, type Cells, channelsOf, findThings, groundOfCells, rowsOf, type Thing } from './things.ts'

export interface Rows {
  readonly rows: Float32Array
  readonly count: number
  readonly header: ImageHeader
  /** Scale of the decode. */
  readonly scale: number
  readonly sample: PixelSample
}

/** Things of one run of the namer, for the sake of memory. A name does not depend on its neighbors. */
export const NAMED_AT_ONCE = 4

/** @throws {Fault} `bad_image`, `too_large` or `unsupported_media` for the picture */
export type Look = (bytes: Uint8Array, onStage?: OnStage) => Promise<Rows>

export function createPerception(manifest: AnsweringManifest, run: RunGraph, preprocess: Preprocessing['preprocess']): Look {
  const { detector, namer } = manifest

  async function namesOf(pixels: SessionInput, things: readonly Thing[]): Promise<(Float32Array | undefined)[]> {
    const drawn = things.map(({ forms }, index) => ({ index, share: forms.at(-1)! })).filter(({ share }) => share >= namer.from)
    const names: (Float32Array | undefined)[] = []
    for (let from = 0; from < drawn.length; from += NAMED_AT_ONCE) {
      const part = drawn.slice(from, from + NAMED_AT_ONCE)
      const boxes = Float32Array.from(part.flatMap(({ index }) => widened(things[index]!.box, namer.margin)))
      const outputs = await run(namer, { picture: pixels, boxes: { data: boxes, shape: [part.length, 4] } })
      const { data } = outputs('names')
      part.forEach(({ index }, row) => {
        names[index] = data.subarray(row * namer.kinds.length, (row + 1) * namer.kinds.length)
      })
    }
    return names
  }

  return async (bytes, onStage) => {
    const { tensor, header, scale, sample } = await preprocess(bytes, manifest.image, onStage && sinceLast(onStage))
    const { size, longest_edge: longest = size } = manifest.image
    const bounded = boundedSize(header.orientedWidth, header.orientedHeight, size, longest)
    const pixels = padded(tensor, bounded.width, bounded.height, detector.stride)
    release(tensor)
    const started = performance.now()
    const [, , rows, columns] = pixels.shape.map((edge) => edge / detector.stride) as [number, number, number, number]
    const { data } = (await run(detector, { pixel_values: pixels }))('cells')
    if (data.length !== channelsOf(manifest) * rows * columns) throw new Error(`${detector.file} is not of this manifest`)
    const cells: Cells = { data, rows, columns }
    const things = findThings(manifest, cells, bounded.width, bounded.height)
    const names = await namesOf(pixels, things)
    const ground = groundOfCells(manifest, cells)
    onStage?.('infer_image', performance.now() - started)
    const rowsOfPicture = rowsOf(manifest, things, names, ground, bounded.width, bounded.height)
    return { rows: rowsOfPicture, count: 1 + things.length, header, scale, sample }
  }
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

function sinceLast(onStage: OnStage): (stage: string) => void {
  let last = performance.now()
  return (stage) => {
    const now = performance.now()
    onStage(stage, now - last)
    last = now
  }
}
