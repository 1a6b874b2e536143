/**
 * Addresses of this deployment that need no key: a signed, expiring token says what they open.
 * @module
 */

/** `submission`: [tenant, run, submission]. `picture`: [tenant, sha256, media type]. */
export type LinkKind = 'submission' | 'picture'

export interface SignedLinks {
  /**
   * `{public address}{path}`, where `{token}` in the path is replaced.
   * @param expiresAt - Unix milliseconds
   * @throws {Fault} `unavailable` unless the deployment knows its public address and has a signing key
   */
  url(kind: LinkKind, parts: readonly string[], expiresAt: number, path: string): Promise<string>
  /** The parts of a token; null if it is forged, of another kind, or expired. */
  open(kind: LinkKind, token: string): Promise<readonly string[] | null>
  /** @throws {Fault} as {@link url} does */
  check(): void
}
