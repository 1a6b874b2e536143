/**
 * Address of an external endpoint: the part that identifies it, and the part that must stay secret.
 * @module
 */
import { sha256Hex } from './digest.ts'

/**
 * URL of a resource under a base address: `{base}/{name}`, with the base's query. A fragment is never sent.
 */
export function endpointUrl(baseUrl: string, name: string): URL {
  const url = new URL(baseUrl)
  url.hash = ''
  url.pathname = `${withoutSlashesAtEnd(url.pathname)}/${name}`
  return url
}

/** Without a pattern: `/+$` would retry each slash of a run. */
export function withoutSlashesAtEnd(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '/') end--
  return text.slice(0, end)
}

/**
 * An address for readers who did not configure it, without parts that may contain a key. `?[hidden]` stands
 * for a query.
 * @throws {TypeError} for an invalid address; stored ones were checked when given
 */
export function redactedAddress(baseUrl: string): string {
  const url = new URL(baseUrl)
  return url.origin + url.pathname + (url.search === '' ? '' : '?[hidden]')
}

/** Shorter values are not secrets and occur in any text. */
const LEAST_SECRET = 8

/** Values in the query of an address, raw and decoded, to be removed from an endpoint's messages. */
export function secretsOfAddress(baseUrl: string): string[] {
  const { search, searchParams } = new URL(baseUrl)
  const written = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
  return [search, ...written, ...searchParams.values()].filter((text) => text.length >= LEAST_SECRET)
}

/**
 * Digest of an address, for specs and thus public reports: the address itself may reveal a private host or a
 * key in its query. Equal for equivalent addresses (upper case in the host, a default port, slashes at the
 * end, a fragment).
 */
export async function addressDigest(baseUrl: string): Promise<string> {
  return sha256Hex(endpointUrl(baseUrl, '').href)
}
