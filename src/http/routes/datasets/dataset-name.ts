/**
 * Names of datasets.
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'

/** @throws {Fault} `invalid` */
export function checkDatasetName(name: string, pointer: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}$/.test(name))
    throw invalidField(
      pointer,
      'must be 1–128 characters of letters, digits, space, ".", "_" or "-", starting with a letter or digit',
    )
}
