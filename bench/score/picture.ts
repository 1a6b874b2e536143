/**
 * The benchmark's picture: flat shapes with soft edges over a gradient, the domain of the shipped model.
 * @module
 */
import { crc32 } from 'node:zlib'
import { encodePng } from '../../test/support/png.ts'

const SHAPES = [
  { x: 0.3, y: 0.35, radius: 0.2, colour: [214, 69, 65] },
  { x: 0.68, y: 0.4, radius: 0.14, colour: [65, 131, 215] },
  { x: 0.5, y: 0.72, radius: 0.17, colour: [245, 215, 110] },
] as const

/** An 8-bit RGB PNG of `side` × `side` pixels. */
export function benchPicture(side: number): Uint8Array {
  return encodePng(side, side, (column, row) => {
    let colour: readonly number[] = [225, 235 - (40 * row) / side, 240 - (20 * column) / side]
    for (const shape of SHAPES) {
      const distance = Math.hypot(column - shape.x * side, row - shape.y * side) - shape.radius * side
      const cover = Math.min(1, Math.max(0, 0.5 - distance))
      colour = colour.map((below, channel) => below + cover * (shape.colour[channel]! - below))
    }
    return [Math.round(colour[0]!), Math.round(colour[1]!), Math.round(colour[2]!)]
  })
}

/** The same pixels in a distinct file: a comment with a number before IEND, so that no cache has it. */
export function numbered(png: Uint8Array, number: number): Uint8Array {
  const content = Buffer.from(`tEXtComment\0number ${String(number).padStart(8, '0')}`, 'latin1')
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(content.length - 4, 0)
  frame.writeUInt32BE(crc32(content), 4)
  // IEND, the last chunk, has no content: 12 bytes.
  return Buffer.concat([png.subarray(0, -12), frame.subarray(0, 4), content, frame.subarray(4), png.subarray(-12)])
}
