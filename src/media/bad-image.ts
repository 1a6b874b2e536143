/**
 * The one-line way to refuse an image.
 * @module
 */
import { type BadImageReason, Fault } from '../contracts/failure.ts'

export function badImage(reason: BadImageReason, detail: string, cause?: unknown): Fault {
  return new Fault({ kind: 'bad_image', reason, detail }, cause === undefined ? {} : { cause })
}
