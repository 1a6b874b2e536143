/**
 * PNG to pixels, row by row.
 *
 * `@jsquash/png` is not used: its wasm memory grows to 46 MiB on a 4 Mi-pixel RGB picture and stays there,
 * and its glue cannot be instantiated again after a trap. This decoder holds the raster, two rows and a 64
 * KiB window.
 * @module
 */
import { badImage } from './bad-image.ts'
import { inflateExactly } from './inflate.ts'
import { pixelPieces, type PngStructure, readPngStructure } from './png-header.ts'
import { bitsPerPixel, rowWriter } from './png-samples.ts'
import { unfilterRow } from './png-unfilter.ts'
import type { Raster } from './raster.ts'

/** A sub-image: the whole picture, or one of Adam7's seven. In pixels. */
interface Pass {
  readonly x: number
  readonly y: number
  readonly stepX: number
  readonly stepY: number
  readonly width: number
  readonly height: number
}

/** W3C PNG third edition, section 8.1: first column, first row, column step, row step. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/**
 * Decodes a PNG whose header has been accepted.
 * @param data - `4 * width * height` bytes, which become the raster
 * @throws {Fault} `bad_image`: `inflated_chunk`, `corrupt`
 */
export function decodePng(bytes: Uint8Array, data: Uint8ClampedArray): Raster {
  const png = readPngStructure(bytes)
  const bits = bitsPerPixel(png)
  const passes = passesOf(png)
  const length = passes.reduce((sum, pass) => sum + pass.height * (1 + rowBytes(pass, bits)), 0)
  inflateExactly(
    pixelPieces(bytes, png),
    length,
    rowAssembler(png, passes, bits, new Uint8Array(data.buffer, data.byteOffset, data.length)),
  )
  return { width: png.width, height: png.height, data }
}

function passesOf(png: PngStructure): Pass[] {
  if (!png.interlaced) return [{ x: 0, y: 0, stepX: 1, stepY: 1, width: png.width, height: png.height }]
  return ADAM7.map(([x, y, stepX, stepY]) => ({
    x,
    y,
    stepX,
    stepY,
    width: Math.ceil((png.width - x) / stepX),
    height: Math.ceil((png.height - y) / stepY),
  })).filter(({ width, height }) => width > 0 && height > 0)
}

function rowBytes(pass: Pass, bits: number): number {
  return Math.ceil((pass.width * bits) / 8)
}

/**
 * Decodes a PNG whose header was accepted, row by row. The whole picture is never held.
 * @param take receives each stored row as RGBA; the array is used again for the next row
 * @throws {Fault} `bad_image`: `inflated_chunk`, `corrupt` (also for Adam7, whose rows are out of order)
 */
export function decodePngRows(bytes: Uint8Array, take: (rgba: Uint8Array) => void): void {
  const png = readPngStructure(bytes)
  if (png.interlaced) throw badImage('corrupt', 'rows of an interlaced PNG do not come in order')
  const bits = bitsPerPixel(png)
  const passes = passesOf(png)
  const rgba = new Uint8Array(png.width * 4)
  const length = png.height * (1 + rowBytes(passes[0]!, bits))
  inflateExactly(pixelPieces(bytes, png), length, rowAssembler(png, passes, bits, rgba, take))
}

/** Cuts the inflated stream into rows, undoes their filters and writes their pixels. */
function rowAssembler(
  png: PngStructure,
  passes: readonly Pass[],
  bits: number,
  rgba: Uint8Array,
  take?: (rgba: Uint8Array) => void,
): (inflated: Uint8Array) => void {
  const write = rowWriter(png)
  const distance = Math.max(1, bits >> 3)
  const remaining = passes.values()
  let pass = remaining.next().value!
  let y = 0
  let row = new Uint8Array(rowBytes(pass, bits))
  let above = new Uint8Array(row.length)
  let filter: number | undefined
  let filled = 0
  return (inflated) => {
    for (let at = 0; at < inflated.length;) {
      if (filter === undefined) {
        filter = inflated[at++]!
        continue
      }
      const part = inflated.subarray(at, at + row.length - filled)
      row.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < row.length) return
      unfilterRow(filter, row, above, distance)
      // With `take`, the raster is one row, overwritten each time.
      const first = take === undefined ? (pass.y + y * pass.stepY) * png.width + pass.x : 0
      write(row, pass.width, rgba, first * 4, pass.stepX * 4)
      take?.(rgba)
      filter = undefined
      filled = 0
      ;[row, above] = [above, row]
      if (++y < pass.height) continue
      const next = remaining.next().value
      if (next === undefined) return
      pass = next
      y = 0
      row = new Uint8Array(rowBytes(pass, bits))
      above = new Uint8Array(row.length)
    }
  }
}
