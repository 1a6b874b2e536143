/**
 * What becomes of alpha, a row at a time.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import type { PixelGrid } from './orient.ts'

export type Alpha = ImagePreprocessing['alpha']

/**
 * One 8-bit channel over white: `round((value * alpha + 255 * (255 - alpha)) / 255)`, halves up, in integers.
 *
 * Equal on all 65,536 inputs to Pillow's `Image.alpha_composite` on an opaque white image and to `Image.paste` with a mask.
 */
export function overWhite(value: number, alpha: number): number {
  const sum = value * alpha + 255 * (255 - alpha) + 128
  return ((sum >> 8) + sum) >> 8
}

/**
 * Writes row `y` of the view as RGB.
 * @param rgba RGBA bytes of the whole raster
 * @param rgb at least `3 * grid.width` bytes, overwritten
 * @param alpha `drop` leaves colours as they are stored, under transparent pixels too: Pillow's `convert('RGB')`
 */
export function flattenRow(rgba: Uint8ClampedArray, grid: PixelGrid, y: number, rgb: Uint8Array, alpha: Alpha): void {
  const step = grid.stepX * 4
  let from = (grid.origin + y * grid.stepY) * 4
  for (let to = 0, end = grid.width * 3; to < end; to += 3, from += step) {
    const opacity = alpha === 'drop' ? 255 : rgba[from + 3]!
    if (opacity === 255) {
      rgb[to] = rgba[from]!
      rgb[to + 1] = rgba[from + 1]!
      rgb[to + 2] = rgba[from + 2]!
    } else {
      rgb[to] = overWhite(rgba[from]!, opacity)
      rgb[to + 1] = overWhite(rgba[from + 1]!, opacity)
      rgb[to + 2] = overWhite(rgba[from + 2]!, opacity)
    }
  }
}
