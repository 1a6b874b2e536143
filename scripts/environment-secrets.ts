/**
 * Secrets of endpoints, from the environment of `npm start`. In production they are Worker secrets.
 * @module
 */

const NAME = /^ENDPOINT_SECRET_[A-Z0-9_]{1,48}$/

/** The variables of an environment that an endpoint may name as its secret. Empty ones are left out. */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] => NAME.test(entry[0]) && entry[1] !== undefined && entry[1] !== '',
  )
  return Object.fromEntries(entries)
}
