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
import { type AxisPlan, type FitPlan, planFit, reducedAxis } from './fit.ts'
import { pixelWords } from './flatten.ts'
import type { ImageHeader } from './image-header.ts'
import { LARGE_PICTURE_BYTES } from './limits.ts'
import { type Orientation, orientedGrid } from './orient.ts'
import { createPixelSampler, type Square } from './pixel-sample.ts'
import { decodePngRows } from './png-decode.ts'
import type { Resampling } from './resize.ts'
import { decodeScaledJpeg } from './scaled-jpeg/decode.ts'
import { frameBytes, type Samples } from './scaled-jpeg/frame.ts'
import { streamedResize } from './streamed-resize.ts'

/** Fewest pixels of the reduced picture per pixel of the square, on either axis. */
const OVERSAMPLING = 3

/**
 * The square of a picture that `readImageHeader` accepted as large.
 * @returns RGB, row by row, with the scale of the decode and a sample at that scale
 * @throws {Fault} `bad_image`; `too_large` if even 1/8 of a JPEG takes too much memory
 */
export function squareOfLargePicture(bytes: Uint8Array, header: ImageHeader, spec: ImagePreprocessing): Square {
  const orientation = spec.exif_orientation ? header.orientation : 1
  const upright = orientedGrid(header.width, header.height, orientation)
  const plan = planFit(spec.fit, upright.width, upright.height, spec.size, spec.shortest_edge, spec.longest_edge)
  const resampling: Resampling = {
    filter: spec.filter,
    pad: spec.pad_color,
    alpha: header.hasAlpha ? spec.alpha : 'drop',
  }
  const encoded = bytes.subarray(0, header.encodedBytes)
  if (header.format === 'png') {
    const takers = rowTakers(header, orientation, plan, resampling)
    decodePngRows(encoded, takers.row)
    return { ...takers.finish(), scale: 1 }
  }
  const samples = chooseSamples(header, [plan.x, plan.y])
  const scale = samples / 8
  const stored = { width: Math.ceil(header.width * scale), height: Math.ceil(header.height * scale) }
  const grid = orientedGrid(stored.width, stored.height, orientation)
  const reduced = {
    x: reducedAxis(plan.x, scale, grid.width, grid.stepX < 0),
    y: reducedAxis(plan.y, scale, grid.height, grid.stepY < 0),
  }
  const takers = rowTakers(stored, orientation, reduced, resampling)
  decodeScaledJpeg(encoded, samples, takers.row)
  return { ...takers.finish(), scale }
}

/** The takers of stored rows: the resize and the sample. */
function rowTakers(stored: { width: number; height: number }, ...fit: [Orientation, FitPlan, Resampling]) {
  const resize = streamedResize(stored, ...fit)
  const sampler = createPixelSampler(stored)
  let y = 0
  return {
    row: (rgba: Uint8Array | Uint8ClampedArray) => {
      const words = pixelWords({ data: rgba })
      resize.row(words)
      sampler.row(words, y++)
    },
    finish: () => ({ rgb: resize.finish(), sample: sampler.finish() }),
  }
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
