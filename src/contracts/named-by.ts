/**
 * Failures told where they come from: which field of a request named the thing that is missing or wrong.
 * @module
 */
import { type Failure, Fault, type FieldError } from './failure.ts'

/** Says which field named something that was not found. */
export async function namedBy<T>(pointer: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'not_found')
      throw new Fault({ ...error.failure, pointer }, { cause: error })
    throw error
  }
}

/** Moves the pointers of a failure under `prefix`, for a part of a body that was judged as if it were the whole. */
export async function within<T>(prefix: string, judge: () => T | Promise<T>): Promise<T> {
  try {
    return await judge()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { failure } = error
    if ('errors' in failure)
      throw new Fault(
        relocated(failure, ({ pointer, detail }) => ({ pointer: prefix + pointer, detail })),
        { cause: error },
      )
    if ('pointer' in failure && failure.pointer !== undefined)
      throw new Fault({ ...failure, pointer: prefix + failure.pointer }, { cause: error })
    throw error
  }
}

/** A failure of fields with each told by another name: in the list, and in the sentence where that names the first of them. */
export function relocated<Of extends Extract<Failure, { readonly errors: readonly FieldError[] }>>(
  failure: Of,
  move: (error: FieldError) => FieldError,
): Of {
  const errors = failure.errors.map(move)
  const [was, is] = [failure.errors[0], errors[0]]
  const namesIt = was !== undefined && failure.detail === `${was.pointer || 'body'}: ${was.detail}`
  // `questions#` without a place in it is the file.
  return { ...failure, errors, ...(namesIt ? { detail: `${is!.pointer.replace(/#$/, '') || 'body'}: ${is!.detail}` } : {}) }
}
