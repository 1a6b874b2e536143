/**
 * Image bytes to a model's input: header, decode, upright, alpha, fit, resize, normalise.
 * @module
 */
import { digestOf } from '../contracts/digest.ts'
import { type ImagePreprocessing, imagePreprocessing } from '../contracts/model-manifest.ts'
import { release } from '../contracts/release.ts'
import type { Codecs } from './codecs.ts'
import { planFit } from './fit.ts'
import { planLargePicture } from './large-picture.ts'
import { type ImageHeader, readImageHeader } from './image-header.ts'
import { orientedGrid } from './orient.ts'
import { type PixelSample, samplePixels, type Square } from './pixel-sample.ts'
import type { Raster } from './raster.ts'
import { resizeRgb } from './resize.ts'
import { toTensor } from './tensor.ts'

/** Part of every preprocessing digest. Changes whenever any picture's numbers could change. */
const PREPROCESSING_ALGORITHM = 'assay.image/1'

/** A completed stage, for timings. */
export type Stage = 'header' | 'decode' | 'resize' | 'normalize'

export interface PreprocessedImage {
  /** `3 * size * size` numbers, channel by channel, row by row. */
  readonly tensor: Float32Array
  readonly header: ImageHeader
  /** Scale of the decode: 1, or 1/2, 1/4 or 1/8 of width and height. */
  readonly scale: number
  /** Patches of the picture as decoded. */
  readonly sample: PixelSample
}

/**
 * Turns an untrusted image file into the tensor of a vision tower.
 * @param mark called at the end of each stage, since this room has no clock
 * @throws {Fault} `bad_image`, `too_large` or `unsupported_media`
 */
export async function preprocessImage(
  bytes: Uint8Array,
  spec: ImagePreprocessing,
  codecs: Codecs,
  mark: (stage: Stage) => void = () => undefined,
): Promise<PreprocessedImage> {
  const header = readImageHeader(bytes)
  mark('header')
  const { rgb, scale, sample } = await (header.isLarge || isRows(header) ? inParts() : whole())
  mark('resize')
  const tensor = toTensor(rgb, spec)
  release(rgb)
  mark('normalize')
  return { tensor, header, scale, sample }

  function inParts(): Promise<Square> {
    const plan = planLargePicture(header, spec)
    return codecs.lend(plan.bytes, (memory) => {
      const square = plan.decode(bytes, memory)
      mark('decode')
      return square
    })
  }

  function whole(): Promise<Square> {
    return codecs.decode(bytes, header, (raster) => {
      mark('decode')
      return { rgb: squarePixels(raster, spec, header), scale: 1, sample: samplePixels(raster) }
    })
  }
}

/** Pixels from which a PNG is decoded row by row. Its square has the same bytes, without a raster. */
const ROWS_FROM = 1024 * 1024

const isRows = ({ format, decodesInParts, width, height }: ImageHeader): boolean =>
  format === 'png' && decodesInParts && width * height > ROWS_FROM

/**
 * The 8-bit stage between decoding and normalising.
 * @returns RGB, row by row: `spec.size * spec.size * 3` bytes
 * @internal
 */
export function squarePixels(
  raster: Raster,
  spec: ImagePreprocessing,
  header: Pick<ImageHeader, 'orientation'> & Partial<Pick<ImageHeader, 'hasAlpha' | 'format'>>,
): Uint8Array {
  const grid = orientedGrid(raster.width, raster.height, spec.exif_orientation ? header.orientation : 1)
  const plan = planFit(spec.fit, grid.width, grid.height, spec.size, spec.shortest_edge, spec.longest_edge)
  // A lossless WebP may declare no alpha and still have some.
  const opaque = header.hasAlpha === false && header.format !== 'webp'
  return resizeRgb(raster, grid, plan, { filter: spec.filter, pad: spec.pad_color, alpha: opaque ? 'drop' : spec.alpha })
}

/** Identity of a preprocessing: its parameters and {@link PREPROCESSING_ALGORITHM}, as 64 hex digits. */
export function preprocessingDigest(spec: ImagePreprocessing): Promise<string> {
  return digestOf({ algorithm: PREPROCESSING_ALGORITHM, ...imagePreprocessing.parse(spec) })
}
