/**
 * Small patches of a decoded picture, evenly spread, at the scale of the decode. Statistics of a whole
 * picture can be estimated from them.
 *
 * Rows may come from a whole raster or one by one, so a picture that is decoded in parts has the same sample.
 * @module
 */
import { overWhite, pixelWords } from './flatten.ts'
import type { Raster } from './raster.ts'

/** Longest side of a patch, in pixels. */
const PATCH_SIDE = 16

/** Most patches on either axis. */
const MOST_PATCHES = 16

/** At most 16 × 16 patches of 16 × 16 pixels, in the orientation of the stored picture. */
export interface PixelSample {
  /** Patches per row and per column. */
  readonly columns: number
  readonly rows: number
  /** Sides of each patch, in pixels. */
  readonly width: number
  readonly height: number
  /** `red | green << 8 | blue << 16`, over white: patch by patch, each row by row. */
  readonly pixels: Int32Array
}

/** A picture fitted into a model's square, with a sample of the picture as decoded. */
export interface Square {
  /** Row by row: 3 bytes per pixel. */
  readonly rgb: Uint8Array
  /** Scale of the decode. */
  readonly scale: number
  readonly sample: PixelSample
}

export interface PixelSampler {
  /** Takes stored row `y`: a word per pixel, by `pixelWords`. Rows that no patch needs are ignored. */
  row(words: Int32Array, y: number): void
  finish(): PixelSample
}

/** @param stored - sides of the stored picture, in pixels */
export function createPixelSampler(stored: { readonly width: number; readonly height: number }): PixelSampler {
  const across = placesOf(stored.width)
  const down = placesOf(stored.height)
  const [width, height] = [Math.min(PATCH_SIDE, stored.width), Math.min(PATCH_SIDE, stored.height)]
  const pixels = new Int32Array(across.length * down.length * width * height)

  function copyRow(words: Int32Array, patchRow: number, line: number): void {
    across.forEach((left, column) => {
      const to = ((patchRow * across.length + column) * height + line) * width
      for (let x = 0; x < width; x++) pixels[to + x] = opaque(words[left + x]!)
    })
  }

  return {
    row(words, y) {
      down.forEach((top, patchRow) => {
        if (y >= top && y < top + height) copyRow(words, patchRow, y - top)
      })
    },
    finish: () => ({ columns: across.length, rows: down.length, width, height, pixels }),
  }
}

/** The sample of a whole raster. */
export function samplePixels(raster: Raster): PixelSample {
  const sampler = createPixelSampler(raster)
  const words = pixelWords(raster)
  for (const top of placesOf(raster.height))
    for (let y = top; y < Math.min(top + PATCH_SIDE, raster.height); y++)
      sampler.row(words.subarray(y * raster.width, (y + 1) * raster.width), y)
  return sampler.finish()
}

/** First pixels of the patches along a side: apart if the side is long enough, otherwise edge to edge. */
function placesOf(side: number): number[] {
  const count = Math.max(1, Math.min(MOST_PATCHES, Math.floor(side / PATCH_SIDE)))
  const room = Math.max(0, side - PATCH_SIDE)
  return Array.from({ length: count }, (_, at) => (count === 1 ? room >> 1 : Math.floor((room * at) / (count - 1))))
}

function opaque(word: number): number {
  const alpha = word >>> 24
  if (alpha === 255) return word & 0xffffff
  return overWhite(word & 255, alpha) | (overWhite((word >> 8) & 255, alpha) << 8) | (overWhite((word >> 16) & 255, alpha) << 16)
}
