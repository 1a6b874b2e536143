/**
 * Where an external endpoint is asked, as far as it tells one endpoint from another.
 * @module
 */
import { sha256Hex } from './digest.ts'

/** What is asked under a base address: `{base}/{name}`, with the base's query. */
export function endpointUrl(baseUrl: string, name: string): URL {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`
  return url
}

/**
 * Digest of an address, in place of the address itself: it goes into specs and so into public reports, and an address may tell of a private
 * host or hold a key in its query. Equal for addresses that ask the same (upper case in the host, a default port, slashes at the end).
 */
export async function addressDigest(baseUrl: string): Promise<string> {
  return sha256Hex(endpointUrl(baseUrl, '').href)
}
