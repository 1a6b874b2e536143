/**
 * Where an external endpoint is asked, as far as it tells one endpoint from another.
 * @module
 */
import { sha256Hex } from './digest.ts'

/** What is asked under a base address: `{base}/{name}`, with the base's query. */
export function endpointUrl(baseUrl: string, name: string): URL {
  const url = new URL(baseUrl)
  url.pathname = `${withoutSlashesAtEnd(url.pathname)}/${name}`
  return url
}

/** Not by a pattern: one that ends in `/+$` tries each slash of a run anew. */
export function withoutSlashesAtEnd(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '/') end--
  return text.slice(0, end)
}

/**
 * An address as those may see it who did not configure it: without what may hold a key. `?[hidden]` says that there is a query.
 * @throws {TypeError} for an address that is none: stored ones were checked when they were given.
 */
export function redactedAddress(baseUrl: string): string {
  const url = new URL(baseUrl)
  return url.origin + url.pathname + (url.search === '' ? '' : '?[hidden]')
}

/** What is shorter is no secret, and stands in any text. */
const LEAST_SECRET = 8

/** What the query of an address holds, as it stands there and decoded: to be taken out of what an endpoint says back. */
export function secretsOfAddress(baseUrl: string): string[] {
  const { search, searchParams } = new URL(baseUrl)
  const written = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
  return [search, ...written, ...searchParams.values()].filter((text) => text.length >= LEAST_SECRET)
}

/**
 * Digest of an address, in place of the address itself: it goes into specs and so into public reports, and an address may tell of a private
 * host or hold a key in its query. Equal for addresses that ask the same (upper case in the host, a default port, slashes at the end).
 */
export async function addressDigest(baseUrl: string): Promise<string> {
  return sha256Hex(endpointUrl(baseUrl, '').href)
}
