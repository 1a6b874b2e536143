/**
 * EXIF orientation as arithmetic: an oriented view of a raster is a first pixel and two strides, so nothing
 * is copied.
 * @module
 */

/** EXIF tag 0x0112: 1 is upright; 2, 4, 5, 7 mirror; 5 to 8 swap the sides (EXIF 2.32, section 4.6.4). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** Storage of the upright picture: pixel (x, y) is at pixel index `origin + x * stepX + y * stepY`. */
export interface PixelGrid {
  readonly width: number
  readonly height: number
  readonly origin: number
  readonly stepX: number
  readonly stepY: number
}

/** Whether width and height change places when the picture is turned upright. */
export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5
}

/**
 * The upright view of a stored picture of `width` × `height` pixels. Equals Pillow's
 * `ImageOps.exif_transpose`.
 */
export function orientedGrid(width: number, height: number, orientation: Orientation): PixelGrid {
  const right = width - 1
  const bottom = (height - 1) * width
  switch (orientation) {
    case 1:
      return { width, height, origin: 0, stepX: 1, stepY: width }
    case 2:
      return { width, height, origin: right, stepX: -1, stepY: width }
    case 3:
      return { width, height, origin: bottom + right, stepX: -1, stepY: -width }
    case 4:
      return { width, height, origin: bottom, stepX: 1, stepY: -width }
    case 5:
      return { width: height, height: width, origin: 0, stepX: width, stepY: 1 }
    case 6:
      return { width: height, height: width, origin: bottom, stepX: -width, stepY: 1 }
    case 7:
      return { width: height, height: width, origin: bottom + right, stepX: -width, stepY: -1 }
    case 8:
      return { width: height, height: width, origin: right, stepX: width, stepY: -1 }
  }
}

/** The same view, transposed. */
export function transposedGrid({ width, height, origin, stepX, stepY }: PixelGrid): PixelGrid {
  return { width: height, height: width, origin, stepX: stepY, stepY: stepX }
}
