/**
 * Pictures too large to decode whole: PNGs row by row, JPEGs at reduced scale.
 *
 * A PNG's rows go straight into the resize, so its square equals the whole picture's byte for byte. A JPEG is
 * decoded at the smallest of 1/8, 1/4 and 1/2 that leaves three pixels per pixel of the square.
 * `test/unit/media/large-picture.test.ts` states the difference.
 *
 * The sample has a scale of its own, the same for every square, so that the kind of a picture does not depend
 * on the model. Where the square needs another scale, the file is decoded twice.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import { SHRINK_PICTURE } from '../contracts/picture-advice.ts'
import { type AxisPlan, type FitPlan, planFit, reducedAxis } from './fit.ts'
import { pixelWords } from './flatten.ts'
import type { ImageHeader } from './image-header.ts'
import { LARGE_PICTURE_BYTES } from './limits.ts'
import { type Orientation, orientedGrid } from './orient.ts'
import { createPixelSampler, type Square } from './pixel-sample.ts'
import { decodePngRows } from './png-decode.ts'
import type { Resampling } from './resize.ts'
import { decodeScaledJpeg } from './scaled-jpeg/decode.ts'
import { arenaBytes, frameBytes, type Samples } from './scaled-jpeg/frame.ts'
import { streamedResize } from './streamed-resize.ts'

/** Fewest pixels of the reduced picture per pixel of the square, on either axis. */
const OVERSAMPLING = 3

/** The sample's scale is that of this square: of `assay-photo`, the model that most large pictures go to. */
const SAMPLED_FOR = { size: 224, shortestEdge: 256 } as const

export interface LargePicture {
  /** Memory that `decode` needs beside some rows. */
  readonly bytes: number
  /**
   * @param memory - as many zeros
   * @returns RGB, row by row, the scale of its decode, and a sample
   * @throws {Fault} `bad_image`
   */
  decode(bytes: Uint8Array, memory: Uint8Array): Square
}

/**
 * How to decode a picture that `readImageHeader` accepted as large.
 * @throws {Fault} `too_large` if even 1/8 of a JPEG takes too much memory
 */
export function planLargePicture(header: ImageHeader, spec: ImagePreprocessing): LargePicture {
  const orientation = spec.exif_orientation ? header.orientation : 1
  const upright = orientedGrid(header.width, header.height, orientation)
  const plan = planFit(spec.fit, upright.width, upright.height, spec.size, spec.shortest_edge, spec.longest_edge)
  const alpha = header.hasAlpha ? spec.alpha : 'drop'
  return planLarge(header, orientation, plan, { filter: spec.filter, pad: spec.pad_color, alpha })
}

/** As {@link planLargePicture}, for any plan of the upright picture. */
export function planLarge(header: ImageHeader, orientation: Orientation, plan: FitPlan, resampling: Resampling): LargePicture {
  const encoded = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, header.encodedBytes)
  if (header.format === 'png')
    return {
      bytes: 0,
      decode(bytes) {
        const takers = rowTakers(header, orientation, plan, resampling)
        decodePngRows(encoded(bytes), takers.row)
        return { ...takers.finish(), scale: 1 }
      },
    }
  const scaleOf = ({ x, y }: FitPlan): Samples => chooseSamples(header, [x, y])
  const samples = scaleOf(plan)
  const sampled = scaleOf(planFit('cover', header.width, header.height, SAMPLED_FOR.size, SAMPLED_FOR.shortestEdge))
  const storedAt = (at: Samples) => ({ width: Math.ceil((header.width * at) / 8), height: Math.ceil((header.height * at) / 8) })
  const scale = samples / 8
  const stored = storedAt(samples)
  const grid = orientedGrid(stored.width, stored.height, orientation)
  const reduced = {
    x: reducedAxis(plan.x, scale, grid.width, grid.stepX < 0),
    y: reducedAxis(plan.y, scale, grid.height, grid.stepY < 0),
  }
  const { sampling = [], progressive = false } = header
  return {
    bytes: Math.max(...[samples, sampled].map((at) => arenaBytes({ ...header, progressive }, sampling, at))),
    decode(bytes, memory) {
      const takers = rowTakers(stored, orientation, reduced, resampling)
      decodeScaledJpeg(encoded(bytes), samples, memory, takers.row)
      const square = { ...takers.finish(), scale }
      if (sampled === samples) return square
      const sampler = sampleTaker(storedAt(sampled))
      decodeScaledJpeg(encoded(bytes), sampled, memory.fill(0), sampler.row)
      return { ...square, sample: sampler.finish() }
    },
  }
}

/** The takers of stored rows: the resize and the sample. */
function rowTakers(stored: { width: number; height: number }, ...fit: [Orientation, FitPlan, Resampling]) {
  const resize = streamedResize(stored, ...fit)
  const sampler = sampleTaker(stored)
  return {
    row: (rgba: Uint8Array | Uint8ClampedArray) => {
      resize.row(pixelWords({ data: rgba }))
      sampler.row(rgba)
    },
    finish: () => ({ rgb: resize.finish(), sample: sampler.finish() }),
  }
}

function sampleTaker(stored: { width: number; height: number }) {
  const sampler = createPixelSampler(stored)
  let y = 0
  return {
    row: (rgba: Uint8Array | Uint8ClampedArray) => sampler.row(pixelWords({ data: rgba }), y++),
    finish: () => sampler.finish(),
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
    remedy: `save it as a baseline JPEG (magick in.jpg -interlace none out.jpg), or ${SHRINK_PICTURE}`,
  })
}
