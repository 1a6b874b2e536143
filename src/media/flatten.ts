/**
 * Removal of alpha, row by row.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import type { PixelGrid } from './orient.ts'

export type Alpha = ImagePreprocessing['alpha']

/**
 * One 8-bit channel over white: `round((value * alpha + 255 * (255 - alpha)) / 255)`, halves up, in integers.
 *
 * Equal on all 65,536 inputs to Pillow's `Image.alpha_composite` on an opaque white image and to
 * `Image.paste` with a mask.
 */
export function overWhite(value: number, alpha: number): number {
  const sum = value * alpha + 255 * (255 - alpha) + 128
  return ((sum >> 8) + sum) >> 8
}

/**
 * A raster's pixels as `red | green << 8 | blue << 16 | alpha << 24`: typed arrays are little-endian wherever
 * this runs.
 */
export function pixelWords({ data }: { readonly data: Uint8ClampedArray | Uint8Array }): Int32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice()
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}

/**
 * Writes row `y` of the view, one word per pixel: `red | green << 8 | blue << 16`.
 * @param pixels of the whole raster, by {@link pixelWords}
 * @param row at least `grid.width` long, overwritten
 * @param alpha `drop` keeps colours as stored, also under transparent pixels: Pillow's `convert('RGB')`
 */
export function flattenRow(pixels: Int32Array, grid: PixelGrid, y: number, row: Int32Array, alpha: Alpha): void {
  const opaque = alpha === 'drop'
  for (let x = 0, from = grid.origin + y * grid.stepY; x < grid.width; x++, from += grid.stepX) {
    const pixel = pixels[from]!
    // The shift is arithmetic: an alpha of 255 becomes -1.
    row[x] = opaque || pixel >> 24 === -1 ? pixel & 0xffffff : pixelOverWhite(pixel)
  }
}

function pixelOverWhite(pixel: number): number {
  const alpha = pixel >>> 24
  return (
    overWhite(pixel & 255, alpha) | (overWhite((pixel >> 8) & 255, alpha) << 8) | (overWhite((pixel >> 16) & 255, alpha) << 16)
  )
}
