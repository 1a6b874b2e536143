/**
 * Errors of R2 by number. The Workers binding gives it only at the end of the message: "put: … (10037)".
 * @module
 */

/** Numbers of R2's errors, from Cloudflare's list of R2 error codes. */
export const R2_ERROR = { noSuchUpload: 10024, invalidPart: 10025, badDigest: 10037 } as const

/** The number of an R2 error; null for any other error. */
export function r2ErrorCode(error: unknown): number | null {
  const [, digits] = error instanceof Error ? (/ \((\d{5})\)$/.exec(error.message) ?? []) : []
  return digits === undefined ? null : Number(digits)
}
