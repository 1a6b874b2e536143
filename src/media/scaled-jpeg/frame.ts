/**
 * Planes of a JPEG decoded at reduced scale: blocks, samples and coefficients of each component.
 * @module
 */
import { badImage } from '../bad-image.ts'
import { type BlockTransform, scaledIdct } from './scaled-idct.ts'
import { keptPositions } from './zigzag.ts'

/** Samples kept per side of a block of 8; 8 is full size. */
export type Samples = 1 | 2 | 4 | 8

export interface Component {
  readonly id: number
  /** Sampling factors, 1 to 4. */
  readonly h: number
  readonly v: number
  readonly quantization: number
  /** Size of a reduced block, in samples. */
  readonly columns: number
  readonly rows: number
  /** Number of blocks within the picture. */
  readonly blocksX: number
  readonly blocksY: number
  /** Number of stored blocks per row: whole MCUs. */
  readonly stride: number
  /** Reduced samples, `stride * columns` per row: all rows, or one row of MCUs at a time if progressive. */
  readonly plane: Uint8ClampedArray
  /** Progressive only: kept coefficients of each block, not dequantized. */
  readonly coefficients: Int16Array | undefined
  /** Progressive only: two words per block, one bit per non-zero coefficient in zigzag order. */
  readonly nonzero: Int32Array | undefined
  readonly kept: Int8Array
  readonly transform: BlockTransform
  /** Quantization table in force at the component's first scan. */
  table: Uint16Array | undefined
}

export interface Frame {
  readonly progressive: boolean
  readonly width: number
  readonly height: number
  /** Reduced picture, in pixels. */
  readonly reducedWidth: number
  readonly reducedHeight: number
  readonly samples: Samples
  readonly maxH: number
  readonly maxV: number
  readonly mcusX: number
  readonly mcusY: number
  readonly components: readonly Component[]
}

/**
 * @param segment of SOF0, SOF1 or SOF2, without its length; accepted by the header reader
 * @param samples samples kept per side of a block of the component with the most samples
 * @param memory {@link arenaBytes} zeros, which planes and coefficients are laid out in
 */
export function layOutFrame(segment: Uint8Array, progressive: boolean, samples: Samples, memory: Uint8Array): Frame {
  const take = arenaOf(memory)
  const height = (segment[1]! << 8) | segment[2]!
  const width = (segment[3]! << 8) | segment[4]!
  const parts = Array.from({ length: segment[5]! }, (_, i) => segment.subarray(6 + 3 * i, 9 + 3 * i))
  const maxH = Math.max(...parts.map((part) => part[1]! >> 4))
  const maxV = Math.max(...parts.map((part) => part[1]! & 15))
  const mcusX = Math.ceil(width / (8 * maxH))
  const mcusY = Math.ceil(height / (8 * maxV))
  const components = parts.map((part): Component => {
    const [h, v] = [part[1]! >> 4, part[1]! & 15]
    const [columns, rows] = [reducedSide(samples, maxH, h), reducedSide(samples, maxV, v)]
    const stride = mcusX * h
    const blocks = stride * mcusY * v
    const values = columns * rows
    return {
      id: part[0]!,
      h,
      v,
      quantization: part[2]!,
      columns,
      rows,
      blocksX: Math.ceil(Math.ceil((width * h) / maxH) / 8),
      blocksY: Math.ceil(Math.ceil((height * v) / maxV) / 8),
      stride,
      plane: take(Uint8ClampedArray, (progressive ? stride * v : blocks) * values),
      coefficients: progressive ? take(Int16Array, blocks * values) : undefined,
      nonzero: progressive ? take(Int32Array, blocks * 2) : undefined,
      kept: keptPositions(columns, rows),
      transform: scaledIdct(columns, rows),
      table: undefined,
    }
  })
  if (new Set(components.map(({ id }) => id)).size < components.length)
    throw badImage('corrupt', 'two components of the JPEG have the same number')
  return {
    progressive,
    width,
    height,
    reducedWidth: Math.ceil((width * samples) / 8),
    reducedHeight: Math.ceil((height * samples) / 8),
    samples,
    maxH,
    maxV,
    mcusX,
    mcusY,
    components,
  }
}

/** A component with fewer samples is reduced less, so its plane needs no enlarging if 8 samples suffice. */
function reducedSide(samples: number, most: number, own: number): number {
  let side = samples
  while (side < 8 && side * own * 2 <= samples * most) side *= 2
  return side
}

interface TypedArrayOf<T> {
  new (buffer: ArrayBufferLike, offset: number, length: number): T
  readonly BYTES_PER_ELEMENT: number
}

/** Typed arrays one behind the other, each aligned to {@link ALIGNMENT}. */
function arenaOf(memory: Uint8Array) {
  let used = 0
  return <T>(type: TypedArrayOf<T>, count: number): T => {
    const at = used
    used += Math.ceil((count * type.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT
    if (used > memory.length) throw new RangeError(`a frame needs more than its ${memory.length} bytes`)
    return new type(memory.buffer, memory.byteOffset + at, count)
  }
}

const ALIGNMENT = 8
const ARRAYS_PER_COMPONENT = 3

/** Bytes that {@link layOutFrame} needs; parameters as of {@link frameBytes}. */
export function arenaBytes(
  frame: Parameters<typeof frameBytes>[0],
  components: Parameters<typeof frameBytes>[1],
  samples: Samples,
): number {
  const most = (of: (one: { readonly h: number; readonly v: number }) => number): number => Math.max(...components.map(of))
  const [maxH, maxV] = [most(({ h }) => h), most(({ v }) => v)]
  const mcusX = Math.ceil(frame.width / (8 * maxH))
  const rows = components.reduce(
    (sum, { h, v }) => sum + mcusX * h * v * reducedSide(samples, maxH, h) * reducedSide(samples, maxV, v),
    ARRAYS_PER_COMPONENT * components.length * ALIGNMENT,
  )
  return frameBytes(frame, components, samples) + rows
}

/**
 * Memory of {@link layOutFrame}, in bytes: planes, or coefficients if progressive.
 * @param components sampling factors of each
 */
export function frameBytes(
  { width, height, progressive }: { readonly width: number; readonly height: number; readonly progressive: boolean },
  components: readonly { readonly h: number; readonly v: number }[],
  samples: Samples,
): number {
  const maxH = Math.max(...components.map(({ h }) => h))
  const maxV = Math.max(...components.map(({ v }) => v))
  const mcus = Math.ceil(width / (8 * maxH)) * Math.ceil(height / (8 * maxV))
  return components.reduce((sum, { h, v }) => {
    const kept = reducedSide(samples, maxH, h) * reducedSide(samples, maxV, v)
    return sum + mcus * h * v * (progressive ? 2 * kept + 8 : kept)
  }, 0)
}
