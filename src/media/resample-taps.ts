/**
 * Fixed-point filter weights of Pillow's antialiased resize, for one axis.
 *
 * Source: Pillow 13.0.0, `src/libImaging/Resample.c`, `precompute_coeffs` and `normalize_coeffs_8bpc`. The
 * same operations in doubles, then integers, give results equal bit for bit.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import type { AxisPlan } from './fit.ts'

/** Fractional bits of a weight: 32 minus 8 for the sample and 2 for the filters' overshoot. */
export const PRECISION_BITS = 32 - 8 - 2

/**
 * Weights of each output pixel over a run of picture pixels. The canvas around the picture is combined into
 * one weight.
 */
export interface Taps {
  /** Number of output pixels. */
  readonly size: number
  /** First picture pixel of output pixel i, in picture coordinates. */
  readonly from: Int32Array
  /** Number of picture pixels that output pixel i reads; 0 if it lies in the padding. */
  readonly count: Int32Array
  /** Weights of output pixel i begin at `i * stride`. */
  readonly stride: number
  readonly weights: Int32Array
  /** Sum of output pixel i's weights on padding. Constant pixels need no loop. */
  readonly padding: Int32Array
}

type Filter = ImagePreprocessing['filter']

/** Keys' cubic with a = -0.5, support 2. */
function bicubic(distance: number): number {
  const a = -0.5
  const x = Math.abs(distance)
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a
  return 0
}

/** Triangle filter, support 1. */
function bilinear(distance: number): number {
  const x = Math.abs(distance)
  return x < 1 ? 1 - x : 0
}

/** Weights for the kept window of one axis. When downsizing, the filter widens by the scale (antialias). */
export function computeTaps(axis: AxisPlan, filter: Filter): Taps {
  const kernel = filter === 'bicubic' ? bicubic : bilinear
  const scale = axis.canvas / axis.resized
  const filterScale = Math.max(scale, 1)
  const support = (filter === 'bicubic' ? 2 : 1) * filterScale
  const inverse = 1 / filterScale
  // An integer, except at reduced scale. A fraction of 0 leaves Pillow's arithmetic unchanged.
  const offset = Math.floor(axis.offset)
  const fraction = axis.offset - offset
  const stride = Math.min(Math.ceil(support) * 2 + 1, axis.source)
  const exact = new Float64Array(Math.ceil(support) * 2 + 1)
  const taps = {
    size: axis.size,
    from: new Int32Array(axis.size),
    count: new Int32Array(axis.size),
    stride,
    weights: new Int32Array(axis.size * stride),
    padding: new Int32Array(axis.size),
  }
  for (let i = 0; i < axis.size; i++) {
    const at = axis.cropFrom + i
    if (at < 0 || at >= axis.resized) {
      taps.padding[i] = 1 << PRECISION_BITS
      continue
    }
    const center = (at + 0.5) * scale
    const low = Math.max(Math.trunc(center - fraction - support + 0.5), Math.min(0, offset))
    const high = Math.ceil(Math.min(Math.trunc(center - fraction + support + 0.5), axis.canvas - fraction))
    let sum = 0
    for (let x = low; x < high; x++) {
      const weight = kernel((x + fraction - center + 0.5) * inverse)
      exact[x - low] = weight
      sum += weight
    }
    const from = Math.max(low, offset)
    const end = Math.min(high, offset + axis.source)
    for (let x = low; x < high; x++) {
      const weight = fixedPoint(sum === 0 ? exact[x - low]! : exact[x - low]! / sum)
      if (x >= from && x < end) taps.weights[i * stride + (x - from)] = weight
      else taps.padding[i]! += weight
    }
    taps.from[i] = end > from ? from - offset : 0
    taps.count[i] = Math.max(end - from, 0)
  }
  return taps
}

/** Rounds halves away from zero, as Pillow does. */
function fixedPoint(weight: number): number {
  return Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS))
}
