/**
 * Failures of an edge model as errors of one sample.
 * @module
 */
import { type Failure, Fault } from '../../contracts/failure.ts'
import { SampleError } from '../../contracts/model.ts'

/** A damaged picture fails only its own item. */
export function throwIfDamaged(error: unknown): never {
  if (error instanceof Fault && error.failure.kind === 'damaged')
    throw new SampleError('image_damaged', error.message, { cause: error })
  throw error
}

/** @param unusable - error code for an input without a usable vector */
export async function asSampleErrors<T>(unusable: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const kind = error instanceof Fault ? error.failure.kind : undefined
    const code = kind === 'unprocessable' ? unusable : kind && FINAL[kind]
    if (code) throw new SampleError(code, (error as Fault).message, { cause: error })
    throw error
  }
}

/** Failures that every attempt would meet, with the sample's error code. */
const FINAL: Partial<Record<Failure['kind'], string>> = {
  bad_image: 'bad_image',
  too_large: 'too_large',
  unsupported_media: 'unsupported_media',
  not_found: 'image_missing',
}
