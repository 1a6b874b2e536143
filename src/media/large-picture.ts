/**
 * Pictures too large to decode whole: PNGs row by row, JPEGs at reduced scale.
 *
 * A PNG's rows go straight into the resize, so its square equals the whole picture's byte for byte. A JPEG is
 * decoded at the smallest of 1/8, 1/4 and 1/2 that leaves three pixels per pixel of the square.
 * `test/unit/media/large-picture.test.ts` states the difference.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import { type AxisPlan, planFit, reducedAxis } from './fit.ts'
import { pixelWords } from './flatten.ts'
import type { ImageHeader } from './image-header.ts'
import { LARGE_PICTURE_BYTES } from './limits.ts'
import { orientedGrid } from './orient.ts'
import { decodePngRows } from './png-decode.ts'
import type { Resampling } from './resize.ts'
import { decodeScaledJpeg } from './scaled-jpeg/decode.ts'
import { frameBytes, type Samples } from './scaled-jpeg/frame.ts'
import { streamedResize } from './streamed-resize.ts'

/** Fewest pixels of the reduced picture per pixel of the square, on either axis. */
const OVERSAMPLING = 3

/**
 * The square of a picture that `readImageHeader` accepted as large.
 * @returns RGB, row by row, and the scale of the decode
 * @throws {Fault} `bad_image`; `too_large` if even 1/8 of a JPEG takes too much memory
 */
export function squareOfLargePicture(
  bytes: Uint8Array,
  header: ImageHeader,
  spec: ImagePreprocessing,
): { rgb: Uint8Array; scale: number } {
  const orientation = spec.exif_orientation ? header.orientation : 1
  const upright = orientedGrid(header.width, header.height, orientation)
  const plan = planFit(spec.fit, upright.width, upright.height, spec.size, spec.shortest_edge)
  const resampling: Resampling = {
    filter: spec.filter,
    pad: spec.pad_color,
    alpha: header.hasAlpha ? spec.alpha : 'drop',
  }
  const encoded = bytes.subarray(0, header.encodedBytes)
  if (header.format === 'png') {
    const resize = streamedResize(header, orientation, plan, resampling)
    decodePngRows(encoded, (rgba) => resize.row(pixelWords({ data: rgba })))
    return { rgb: resize.finish(), scale: 1 }
  }
  const samples = chooseSamples(header, [plan.x, plan.y])
  const scale = samples / 8
  const stored = { width: Math.ceil(header.width * scale), height: Math.ceil(header.height * scale) }
  const grid = orientedGrid(stored.width, stored.height, orientation)
  const reduced = {
    x: reducedAxis(plan.x, scale, grid.width, grid.stepX < 0),
    y: reducedAxis(plan.y, scale, grid.height, grid.stepY < 0),
  }
  const resize = streamedResize(stored, orientation, reduced, resampling)
  decodeScaledJpeg(encoded, samples, (rgba) => resize.row(pixelWords({ data: rgba })))
  return { rgb: resize.finish(), scale }
}

/** The smallest scale that leaves enough pixels, or a smaller one if that takes too much memory. */
function chooseSamples(header: ImageHeader, axes: readonly AxisPlan[]): Samples {
  const shrink = Math.min(...axes.map(({ canvas, resized }) => canvas / resized))
  const { sampling = [], progressive = false } = header
  const scales: readonly Samples[] = [1, 2, 4, 8]
  const wanted = scales.findIndex((samples) => (shrink * samples) / 8 >= OVERSAMPLING)
  for (let at = wanted < 0 ? scales.length - 1 : wanted; at >= 0; at--)
    if (frameBytes({ ...header, progressive }, sampling, scales[at]!) <= LARGE_PICTURE_BYTES) return scales[at]!
  throw new Fault({
    kind: 'too_large',
    what: 'memory to decode this jpeg',
    limit: LARGE_PICTURE_BYTES,
    actual: frameBytes({ ...header, progressive }, sampling, 1),
    unit: 'bytes',
    remedy: 'save it as a baseline JPEG, or make it smaller',
  })
}
