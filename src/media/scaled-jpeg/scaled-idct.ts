/**
 * Inverse DCT of a block at reduced size: the lowest frequencies, transformed by a shorter cosine basis.
 *
 * An `n`-point inverse of the lowest `n` of 8 frequencies is the block, low-pass filtered and sampled at `n`
 * points (Dugad and Ahuja 2001; libjpeg 7 and later scale this way). The factor 1/2 per axis is the same for
 * each `n`, so coefficients need no rescaling.
 * @module
 */

/** cos(mπ/16), m = 0 to 8, as literals: `Math.cos` differs between engines in the last bit. */
const COSINES = [
  1, 0.9807852804032304, 0.9238795325112867, 0.8314696123025452, 0.7071067811865476, 0.5555702330196022, 0.3826834323650898,
  0.19509032201612825, 0,
] as const

/** cos(mπ/16) for any natural m. */
function cosine(m: number): number {
  const turn = m % 32
  const half = turn > 16 ? 32 - turn : turn
  return half > 8 ? -COSINES[16 - half]! : COSINES[half]!
}

/** `basis[i * n + k]`: contribution of frequency k to sample i. */
function basisOf(n: number): Float64Array {
  const step = 8 / n
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, k] = [Math.floor(at / n), at % n]
    return k === 0 ? 0.5 * cosine(4) : 0.5 * cosine((2 * i + 1) * k * step)
  })
}

const BASES: Readonly<Record<number, Float64Array>> = { 1: basisOf(1), 2: basisOf(2), 4: basisOf(4), 8: basisOf(8) }

/** Writes the samples of one block. */
export type BlockTransform = (coefficients: Int32Array, plane: Uint8ClampedArray, at: number, stride: number) => void

/**
 * @param columns, rows - samples of the reduced block, each 1, 2, 4 or 8
 * @returns a transform of `rows * columns` dequantized coefficients, row by row, to 8-bit samples around 128
 */
export function scaledIdct(columns: number, rows: number): BlockTransform {
  const across = BASES[columns]!
  const down = BASES[rows]!
  const half = new Float64Array(columns * rows)
  const count = columns * rows
  return (coefficients, plane, at, stride) => {
    let flat = true
    for (let i = 1; i < count && flat; i++) flat = coefficients[i] === 0
    if (flat) {
      const value = coefficients[0]! / 8 + 128
      for (let y = 0; y < rows; y++) plane.fill(value, at + y * stride, at + y * stride + columns)
      return
    }
    for (let v = 0; v < rows; v++) {
      for (let x = 0; x < columns; x++) {
        let sum = 0
        for (let u = 0; u < columns; u++) sum += coefficients[v * columns + u]! * across[x * columns + u]!
        half[v * columns + x] = sum
      }
    }
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let sum = 128
        for (let v = 0; v < rows; v++) sum += half[v * columns + x]! * down[y * rows + v]!
        plane[at + y * stride + x] = sum
      }
    }
  }
}
