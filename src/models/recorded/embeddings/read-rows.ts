/**
 * Rows of a stored matrix as unit vectors.
 * @module
 */
import type { StoredFile } from '../../../contracts/import-ports.ts'
import { release } from '../../../contracts/release.ts'
import type { StoredMatrix } from './safetensors.ts'

/** Bytes of one read. */
const STRETCH_BYTES = 4 * 2 ** 20

/** Vectors of a length that near to 1 stay as they are, so that ranks equal those of the given numbers. */
const UNIT_TOLERANCE = 1e-5

/** Why a row cannot be used. */
export type BadVector = 'not_finite' | 'zero'

/** Reads rows in ascending order, near ones together. @param rows - ascending, each once */
export async function* readVectors(
  file: StoredFile,
  matrix: StoredMatrix,
  rows: readonly number[],
): AsyncGenerator<readonly [row: number, vector: Float32Array | BadVector]> {
  const { start, rowBytes } = matrix
  const perStretch = Math.max(1, Math.floor(STRETCH_BYTES / rowBytes))
  for (let index = 0; index < rows.length;) {
    const first = rows[index]!
    let next = index
    while (next < rows.length && rows[next]! < first + perStretch) next++
    const bytes = await file.read(start + first * rowBytes, (rows[next - 1]! + 1 - first) * rowBytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (; index < next; index++) yield [rows[index]!, vectorAt(view, (rows[index]! - first) * rowBytes, matrix)]
    release(bytes)
  }
}

function vectorAt(view: DataView, at: number, { dimensions, halves }: StoredMatrix): Float32Array | BadVector {
  const vector = Float32Array.from({ length: dimensions }, (_, k) =>
    halves ? halfAt(view, at + 2 * k) : view.getFloat32(at + 4 * k, true),
  )
  let square = 0
  for (const component of vector) square += component * component
  if (!Number.isFinite(square)) return 'not_finite'
  if (square === 0) return 'zero'
  const length = Math.sqrt(square)
  return Math.abs(length - 1) <= UNIT_TOLERANCE ? vector : vector.map((component) => component / length)
}

/** A binary16 number (IEEE 754). */
function halfAt(view: DataView, at: number): number {
  const bits = view.getUint16(at, true)
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}
