/**
 * A smaller copy of a picture: upright, its sides shrunk alike, Pillow's bicubic resize, transparent parts
 * over white.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import type { Codecs } from './codecs.ts'
import { encodePng } from './encode-png.ts'
import { type FitPlan, planScale } from './fit.ts'
import { type ImageHeader, readImageHeader } from './image-header.ts'
import { planLarge } from './large-picture.ts'
import { orientedGrid } from './orient.ts'
import { type Resampling, resizeRgb } from './resize.ts'

/** Names the algorithm in keys of answers: another one makes other pixels. */
export const SCALING = 'assay.scale/1'

/** Memory for the result of the first pass and the copy, in bytes. */
const MOST_BYTES = 32 * 1024 * 1024

export interface ScaledPicture {
  /** A PNG. */
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
}

/**
 * The largest size of the same shape with at most so many pixels. No side is less than 1 pixel; a picture
 * that fits stays as it is.
 * @internal
 */
export function scaledSize(width: number, height: number, mostPixels: number) {
  const scale = Math.min(1, Math.sqrt(mostPixels / (width * height)))
  const [x, y] = [Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale))]
  // A side of 1 pixel leaves the other one too long.
  return {
    width: Math.min(x, Math.max(1, Math.floor(mostPixels / y))),
    height: Math.min(y, Math.max(1, Math.floor(mostPixels / x))),
  }
}

/**
 * @param mostPixels - at least 1
 * @throws {Fault} `bad_image`, `unsupported_media`; `too_large` also where the copy takes too much memory
 */
export async function scalePicture(bytes: Uint8Array, mostPixels: number, codecs: Codecs): Promise<ScaledPicture> {
  const header = readImageHeader(bytes)
  const grid = orientedGrid(header.width, header.height, header.orientation)
  const { width, height } = scaledSize(grid.width, grid.height, mostPixels)
  checkMemory(header, width, height)
  const rgb = await pixelsOf(bytes, header, planScale(grid, { width, height }), codecs)
  const png = await encodePng(rgb, width, height)
  release(rgb)
  return { bytes: png, width, height }
}

function pixelsOf(bytes: Uint8Array, header: ImageHeader, plan: FitPlan, codecs: Codecs): Promise<Uint8Array> {
  const opaque = !header.hasAlpha && header.format !== 'webp'
  const resampling: Resampling = { filter: 'bicubic', pad: [255, 255, 255], alpha: opaque ? 'drop' : 'white' }
  if (header.isLarge) {
    const large = planLarge(header, header.orientation, plan, resampling)
    return codecs.lend(large.bytes, (memory) => large.decode(bytes, memory).rgb)
  }
  return codecs.decode(bytes, header, (raster) =>
    resizeRgb(raster, orientedGrid(raster.width, raster.height, header.orientation), plan, resampling),
  )
}

/** The first pass keeps the length of one axis: 4 bytes per pixel; the copy has 3, and its encoded form. */
function checkMemory(stored: { readonly width: number; readonly height: number }, width: number, height: number): void {
  const longest = Math.max(stored.width, stored.height)
  const actual = 4 * longest * Math.max(width, height) + 7 * width * height
  if (actual > MOST_BYTES)
    throw new Fault({
      kind: 'too_large',
      what: 'memory to scale this picture down',
      limit: MOST_BYTES,
      actual,
      unit: 'bytes',
      remedy: 'store a smaller picture, or allow fewer pixels',
    })
}
