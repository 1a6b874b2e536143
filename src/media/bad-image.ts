/**
 * Fault for an image that cannot be accepted.
 * @module
 */
import { type BadImageReason, Fault } from '../contracts/failure.ts'

export function badImage(reason: BadImageReason, detail: string, cause?: unknown): Fault {
  return new Fault({ kind: 'bad_image', reason, detail }, cause === undefined ? {} : { cause })
}
