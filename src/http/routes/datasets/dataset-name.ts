/**
 * Names of datasets.
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'

const DATASET_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}$/

/** The rule, for the document. */
export const DATASET_NAME_PATTERN = DATASET_NAME.source

/** @throws {Fault} `invalid` */
export function checkDatasetName(name: string, pointer: string): void {
  if (!DATASET_NAME.test(name))
    throw invalidField(
      pointer,
      'must be 1–128 characters of letters, digits, space, ".", "_" or "-", starting with a letter or digit',
    )
}
