/**
 * Refusal of a model or an option by `assay models`: exit status 2 and one line, without a stack.
 * @module
 */
import { UsageError } from '../arguments.ts'

export class Refusal extends UsageError {
  override readonly name = 'Refusal'
}
