/**
 * JPEG at reduced scale: 1/2, 1/4 or 1/8 of width and height, for pictures too large to decode whole.
 *
 * `@jsquash/jpeg` decodes whole pictures only: 24 megapixels would take 96 MB of RGBA, and 72 MB more of
 * coefficients if progressive. Here a sequential picture holds only its reduced planes; a progressive one
 * also holds its low frequencies.
 * @module
 */
import { badImage } from '../bad-image.ts'
import { skipEntropyCoded } from '../jpeg-header.ts'
import { BitReader } from './bit-reader.ts'
import { acDecoder, type Band, type BlockDecoder, dcDecoder, type ScanComponent, sequentialDecoder } from './block-decoders.ts'
import { writeRows } from './color.ts'
import { type Frame, layOutFrame, type Samples } from './frame.ts'
import { buildHuffmanTable, type HuffmanTable } from './huffman-table.ts'

/** State from the segments read so far. */
interface State {
  readonly quantization: (Uint16Array | undefined)[]
  readonly dc: (HuffmanTable | undefined)[]
  readonly ac: (HuffmanTable | undefined)[]
  frame: Frame | undefined
  restartInterval: number
  /** From the Adobe segment: 0 no transform, 1 YCbCr, 2 YCCK. */
  adobeTransform: number | undefined
}

/**
 * Decodes a JPEG whose header was accepted.
 * @param bytes from SOI to EOI
 * @param samples samples kept per side of a block of 8: 4 halves the picture, 8 keeps it whole
 * @param memory {@link arenaBytes} zeros for planes and coefficients
 * @param take receives `ceil(height * samples / 8)` rows of `ceil(width * samples / 8)` opaque RGBA pixels;
 *   the array is used again
 * @throws {Fault} `bad_image`, `corrupt`
 */
export function decodeScaledJpeg(
  bytes: Uint8Array,
  samples: Samples,
  memory: Uint8Array,
  take: (rgba: Uint8ClampedArray) => void,
): void {
  const state: State = {
    quantization: [],
    dc: [],
    ac: [],
    frame: undefined,
    restartInterval: 0,
    adobeTransform: undefined,
  }
  readSegments(bytes, samples, memory, state)
  const { frame } = state
  if (frame === undefined) throw corrupt('it has no frame')
  if (frame.components.some(({ table }) => table === undefined)) throw corrupt('a component has no scan')
  writeRows(frame, state.adobeTransform, take)
}

function readSegments(bytes: Uint8Array, samples: Samples, memory: Uint8Array, state: State): void {
  for (let at = 2; ;) {
    while (bytes[at] === 0xff) at++
    const code = bytes[at++]
    if (code === undefined || code === 0xd9) break
    if (code === 0x01 || (code >= 0xd0 && code <= 0xd7)) continue
    const length = (bytes[at]! << 8) | bytes[at + 1]!
    const segment = bytes.subarray(at + 2, at + length)
    at += length
    if (code === 0xdb) readQuantization(segment, state)
    else if (code === 0xc4) readHuffman(segment, state)
    else if (code === 0xdd) state.restartInterval = (segment[0]! << 8) | segment[1]!
    else if (code === 0xee) readAdobe(segment, state)
    else if (code >= 0xc0 && code <= 0xc2) state.frame = layOutFrame(segment, code === 0xc2, samples, memory)
    else if (code === 0xda) {
      decodeScan(bytes, at, segment, state)
      at = skipEntropyCoded(bytes, at)
    }
  }
}

function readQuantization(segment: Uint8Array, { quantization }: State): void {
  for (let at = 0; at < segment.length;) {
    const head = segment[at++]!
    const wide = head >> 4
    if (wide > 1 || (head & 15) > 3 || at + 64 * (1 + wide) > segment.length) throw corrupt('its quantization table is damaged')
    quantization[head & 15] = Uint16Array.from({ length: 64 }, (_, k) =>
      wide === 1 ? (segment[at + 2 * k]! << 8) | segment[at + 2 * k + 1]! : segment[at + k]!,
    )
    at += 64 * (1 + wide)
  }
}

function readHuffman(segment: Uint8Array, { dc, ac }: State): void {
  for (let at = 0; at < segment.length;) {
    const head = segment[at]!
    const counts = segment.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (head >> 4 > 1 || (head & 15) > 3 || total > 256 || at + 17 + total > segment.length)
      throw corrupt('its Huffman table is damaged')
    const tables = head >> 4 === 0 ? dc : ac
    tables[head & 15] = buildHuffmanTable(counts, segment.slice(at + 17, at + 17 + total))
    at += 17 + total
  }
}

function readAdobe(segment: Uint8Array, state: State): void {
  const name = [0x41, 0x64, 0x6f, 0x62, 0x65]
  if (segment.length >= 12 && name.every((code, i) => segment[i] === code)) state.adobeTransform = segment[11]!
}

function decodeScan(bytes: Uint8Array, at: number, segment: Uint8Array, state: State): void {
  const { frame } = state
  if (frame === undefined) throw corrupt('its pixels come before its frame')
  const count = segment[0]!
  if (segment.length !== 4 + 2 * count || count < 1 || count > frame.components.length)
    throw corrupt('a scan header has the wrong length')
  const band: Band = {
    first: segment[1 + 2 * count]!,
    last: segment[2 + 2 * count]!,
    high: segment[3 + 2 * count]! >> 4,
    low: segment[3 + 2 * count]! & 15,
  }
  checkBand(band, frame, count)
  const parts = Array.from({ length: count }, (_, i): ScanComponent => {
    const component = frame.components.find(({ id }) => id === segment[1 + 2 * i])
    if (component === undefined) throw corrupt('a scan names a component that the frame lacks')
    component.table ??= state.quantization[component.quantization]
    if (component.table === undefined) throw corrupt('a component has no quantization table')
    const tables = segment[2 + 2 * i]!
    return { component, dc: state.dc[tables >> 4], ac: state.ac[tables & 15], prediction: 0 }
  })
  const needsDc = !frame.progressive || (band.first === 0 && band.high === 0)
  const needsAc = !frame.progressive || band.first > 0
  if (parts.some(({ dc, ac }) => (needsDc && dc === undefined) || (needsAc && ac === undefined)))
    throw corrupt('a scan lacks a Huffman table')
  const bits = new BitReader(bytes, at)
  const { decode, restart } = blockDecoder(bits, frame, band)
  walkBlocks(frame, parts, state.restartInterval, decode, (number) => {
    bits.restart(number)
    restart()
    for (const part of parts) part.prediction = 0
  })
  bits.end()
}

function checkBand({ first, last, high, low }: Band, { progressive }: Frame, count: number): void {
  if (!progressive) return
  const isDc = first === 0 && last === 0
  const isAc = first > 0 && last >= first && last < 64 && count === 1
  if (!(isDc || isAc) || low > 13 || (high > 0 && high !== low + 1)) throw corrupt('a scan has an impossible band')
}

function blockDecoder(bits: BitReader, frame: Frame, band: Band): { decode: BlockDecoder; restart: () => void } {
  const nothing = (): void => undefined
  if (!frame.progressive) return { decode: sequentialDecoder(bits), restart: nothing }
  return band.first === 0 ? { decode: dcDecoder(bits, band), restart: nothing } : acDecoder(bits, band)
}

/** Visits the blocks of a scan in order (T.81, section A.2). */
function walkBlocks(
  frame: Frame,
  parts: readonly ScanComponent[],
  restartInterval: number,
  decode: BlockDecoder,
  restart: (number: number) => void,
): void {
  let units = 0
  const begin = (): void => {
    if (restartInterval > 0 && units > 0 && units % restartInterval === 0) restart((units / restartInterval - 1) % 8)
    units++
  }
  if (parts.length === 1) {
    const part = parts[0]!
    const { blocksX, blocksY, stride } = part.component
    for (let y = 0; y < blocksY; y++)
      for (let x = 0; x < blocksX; x++) {
        begin()
        decode(part, y * stride + x)
      }
    return
  }
  for (let mcuY = 0; mcuY < frame.mcusY; mcuY++)
    for (let mcuX = 0; mcuX < frame.mcusX; mcuX++) {
      begin()
      for (const part of parts) {
        const { h, v, stride } = part.component
        for (let y = 0; y < v; y++) for (let x = 0; x < h; x++) decode(part, (mcuY * v + y) * stride + mcuX * h + x)
      }
    }
}

function corrupt(what: string): Error {
  return badImage('corrupt', `the jpeg data cannot be decoded: ${what}`)
}
