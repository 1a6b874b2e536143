/**
 * Decoded pixels.
 * @module
 */

/**
 * Straight (not premultiplied) 8-bit RGBA, row by row from the stored top left: `width * height * 4` bytes.
 */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}
