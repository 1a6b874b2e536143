/**
 * Failures told where they come from: which field of a request named the thing that is missing or wrong.
 * @module
 */
import { Fault } from '../contracts/failure.ts'

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
    if ('errors' in failure) {
      const errors = failure.errors.map(({ pointer, detail }) => ({ pointer: prefix + pointer, detail }))
      throw new Fault({ ...failure, errors }, { cause: error })
    }
    if ('pointer' in failure && failure.pointer !== undefined)
      throw new Fault({ ...failure, pointer: prefix + failure.pointer }, { cause: error })
    throw error
  }
}
