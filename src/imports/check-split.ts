/**
 * The split of an import.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import { type Format, MAX_LABEL_LENGTH } from '../tasks/format.ts'

/** @throws {Fault} if a format's split is missing, or given for a format without splits */
export function checkSplit(name: string, takes: Format['split'], split: string | undefined, pointer: string): void {
  if (split === undefined ? takes !== 'required' : takes !== 'none' && split !== '' && split.length <= MAX_LABEL_LENGTH) return
  throw invalidField(
    pointer,
    takes === 'none'
      ? `is not read for format ${name}; leave it out`
      : split === undefined
        ? `is missing: format ${name} needs it, e.g. test`
        : `must be 1–${MAX_LABEL_LENGTH} characters, e.g. test`,
  )
}
