/**
 * The order of a block's 64 coefficients in a JPEG (ITU-T T.81, figure A.6).
 * @module
 */

/** By zigzag index: `row * 8 + column`. */
const ZIGZAG = new Uint8Array([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42,
  49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
])

/**
 * Place of each coefficient in a block that keeps only the lowest `columns` × `rows` frequencies.
 * @returns by zigzag index: `row * columns + column`; -1 for a dropped coefficient
 */
export function keptPositions(columns: number, rows: number): Int8Array {
  return Int8Array.from(ZIGZAG, (natural) => {
    const [row, column] = [natural >> 3, natural & 7]
    return row < rows && column < columns ? row * columns + column : -1
  })
}
