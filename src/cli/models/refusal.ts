/**
 * A model or an option that `assay models` refuses: exit status 2 and one line, never a stack.
 * @module
 */
import { UsageError } from '../arguments.ts'

export class Refusal extends UsageError {
  override readonly name = 'Refusal'
}
