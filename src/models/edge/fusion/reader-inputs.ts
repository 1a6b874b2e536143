/**
 * Inputs of the transformer of a fusion model.
 * @module
 */
import type { SessionInput } from '../onnx-runtime.ts'
import type { Rows } from './perception.ts'

export type RowsOfPicture = Pick<Rows, 'rows' | 'count'>

/** @param width numbers of a row */
export function readerInputs(
  pictures: readonly RowsOfPicture[],
  ids: readonly number[],
  width: number,
): Readonly<Record<'things' | 'ids', SessionInput>> {
  const count = pictures.reduce((sum, one) => sum + one.count, 0)
  return {
    things: { data: beside(pictures, width), shape: [1, count, width] },
    ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, ids.length] },
  }
}

/** The rows of all pictures; in each row the last number but one says which picture it is of. */
function beside(pictures: readonly RowsOfPicture[], width: number): Float32Array {
  const out = new Float32Array(pictures.reduce((sum, { rows }) => sum + rows.length, 0))
  let at = 0
  pictures.forEach(({ rows, count }, which) => {
    out.set(rows, at)
    for (let row = 0; row < count; row++) out[at + row * width + width - 2] = which
    at += rows.length
  })
  return out
}
