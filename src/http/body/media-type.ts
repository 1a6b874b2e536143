/**
 * The media type that a request declares for its body.
 * @module
 */
import type { AppContext } from '../app-context.ts'

/** In lower case, without parameters; empty if the request declares none. */
export function mediaType(context: AppContext): string {
  return (context.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
