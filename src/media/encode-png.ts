/**
 * A PNG of decoded pixels (PNG third edition): 8-bit RGB, every row by the Paeth filter, deflated by the
 * platform. So the pixels are the same everywhere, and the bytes within one runtime.
 * @module
 */
import { joined } from '../contracts/joined-bytes.ts'
import { crc32 } from './checksums.ts'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const PAETH = 4

/** @param rgb - row by row, `width * height * 3` bytes */
export async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  // Bits per sample, and the color type RGB.
  header.set([8, 2], 8)
  const data = await deflated(filtered(rgb, 3 * width, height))
  return joined([SIGNATURE, ...chunk('IHDR', header), ...chunk('IDAT', data), ...chunk('IEND', new Uint8Array())])
}

/** Each byte less its prediction from the left, the upper and the upper left one (section 9.4). */
function filtered(rgb: Uint8Array, stride: number, height: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array((stride + 1) * height)
  for (let y = 0, at = 0, to = 0; y < height; y++) {
    out[to++] = PAETH
    for (let x = 0; x < stride; x++, at++) {
      const left = x < 3 ? 0 : rgb[at - 3]!
      const up = y === 0 ? 0 : rgb[at - stride]!
      const corner = x < 3 || y === 0 ? 0 : rgb[at - stride - 3]!
      out[to++] = rgb[at]! - predicted(left, up, corner)
    }
  }
  return out
}

function predicted(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function chunk(type: string, data: Uint8Array): Uint8Array[] {
  const body = joined([new TextEncoder().encode(type), data])
  const [length, checksum] = [new Uint8Array(4), new Uint8Array(4)]
  new DataView(length.buffer).setUint32(0, data.length)
  new DataView(checksum.buffer).setUint32(0, crc32(body))
  return [length, body, checksum]
}
