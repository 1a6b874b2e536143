/**
 * What `assay models` does not do, and why: exit status 2 and one line, never a stack.
 * @module
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}
